package qroar.reports.takeaway;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import qroar.protocol.Sha256;
import qroar.protocol.storage.AtomicFile;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyReport;

/**
 * A run in the file store of MLflow: an experiment, with one of its runs per study. Its layout is that of {@code mlruns}
 * (mlflow, {@code store/tracking/file_store.py}): {@code EXPERIMENT/meta.yaml}, and per run {@code meta.yaml} with one file per
 * parameter, tag and metric, a metric's lines being {@code milliseconds value step}. Ids follow from the fingerprint, so what
 * is written again replaces what was there.
 */
public final class MlflowFiles {
    private static final int FINISHED = 3;
    private static final int RUNNING = 1;
    private static final int FAILED = 4;
    private static final int KILLED = 5;
    private static final int LOCAL = 4;

    /** Ids of experiments are digits; MLflow makes such of eighteen. */
    private static final BigInteger IDS = BigInteger.TEN.pow(18);

    private final Path folder;
    private final RunReport report;
    private final String experiment;

    private MlflowFiles(Path folder, RunReport report) {
        this.folder = folder;
        this.report = report;
        this.experiment = new BigInteger(1, digest("experiment")).mod(IDS).toString();
    }

    /**
     * @param folder of the store, {@code mlruns} for instance
     * @return how many runs of MLflow
     * @throws java.io.UncheckedIOException with one line naming the file and the reason
     */
    public static int write(Path folder, RunReport report) {
        new MlflowFiles(folder.toAbsolutePath().normalize(), report).write();
        return report.studies().size();
    }

    private void write() {
        Path here = folder.resolve(experiment);
        Map<String, String> meta = new LinkedHashMap<>();
        meta.put("artifact_location", quoted(here.toUri().toString()));
        meta.put("creation_time", millis(report.run().started()));
        meta.put("experiment_id", quoted(experiment));
        meta.put("last_update_time", millis(end()));
        meta.put("lifecycle_stage", "active");
        meta.put("name", quoted(FileNames.ofRun(report)));
        put(here.resolve("meta.yaml"), yaml(meta));
        for (StudyReport study : report.studies()) {
            writeStudy(here, study);
        }
    }

    private void writeStudy(Path here, StudyReport study) {
        String id = hex(digest("study " + study.id())).substring(0, 32);
        Path run = here.resolve(id);
        Map<String, String> meta = new LinkedHashMap<>();
        meta.put("artifact_uri", quoted(run.resolve("artifacts").toUri().toString()));
        meta.put("end_time", report.run().state() == RunState.RUNNING ? "null" : millis(end()));
        meta.put("entry_point_name", "''");
        meta.put("experiment_id", quoted(experiment));
        meta.put("lifecycle_stage", "active");
        meta.put("run_id", quoted(id));
        meta.put("run_name", quoted(study.id()));
        meta.put("run_uuid", quoted(id));
        meta.put("source_name", "''");
        meta.put("source_type", String.valueOf(LOCAL));
        meta.put("source_version", "''");
        meta.put("start_time", millis(report.run().started()));
        meta.put("status", String.valueOf(status(study)));
        meta.put("tags", "[]");
        meta.put("user_id", "qroar");
        put(run.resolve("meta.yaml"), yaml(meta));
        for (String[] setting : Scalars.settings(study)) {
            put(run.resolve("params").resolve(setting[0]), setting[1]);
        }
        put(run.resolve("params").resolve("model"), report.run().model().name());
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("mlflow.runName", study.id());
        tags.put("mlflow.source.name", "qroar");
        tags.put("mlflow.source.type", "LOCAL");
        tags.put("mlflow.user", "qroar");
        tags.put("qroar.fingerprint", report.run().fingerprint());
        tags.put("qroar.checkpoint", report.run().model().digest());
        tags.forEach((key, value) -> put(run.resolve("tags").resolve(key), value));
        Map<String, StringBuilder> metrics = new LinkedHashMap<>();
        for (Scalars scalar : Scalars.of(study)) {
            metrics.computeIfAbsent(scalar.tag(), tag -> new StringBuilder())
                    .append(millis(report.run().started()))
                    .append(' ')
                    .append(scalar.value())
                    .append(' ')
                    .append(scalar.step())
                    .append('\n');
        }
        metrics.forEach((tag, lines) -> put(run.resolve("metrics").resolve(tag), lines.toString()));
        put(run.resolve("artifacts").resolve("experiment.yaml"), report.run().experimentYaml());
    }

    private static int status(StudyReport study) {
        return switch (study.state()) {
            case FINISHED, NO_OP -> FINISHED;
            case FAILED -> FAILED;
            case PLANNED, RUNNING -> RUNNING;
            case STOPPED -> KILLED;
        };
    }

    private Instant end() {
        Instant ended = report.run().ended();
        return ended == null ? report.run().started() : ended;
    }

    private byte[] digest(String of) {
        String text = report.run().fingerprint() + " " + report.run().name() + " " + of;
        return Sha256.begin().digest(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String hex(byte[] digest) {
        return java.util.HexFormat.of().formatHex(digest);
    }

    private static String millis(Instant instant) {
        return String.valueOf(instant.toEpochMilli());
    }

    private static String yaml(Map<String, String> fields) {
        StringBuilder yaml = new StringBuilder();
        fields.forEach(
                (key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
        return yaml.toString();
    }

    /** Single-quoted YAML, in which the quote alone has a meaning; a name is one line. */
    private static String quoted(String text) {
        return "'" + text.replaceAll("\\p{Cntrl}", " ").replace("'", "''") + "'";
    }

    private static void put(Path file, String text) {
        AtomicFile.writeWithFolder(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
