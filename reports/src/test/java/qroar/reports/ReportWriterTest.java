package qroar.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.trial.Standing;
import qroar.protocol.BadInput;
import qroar.protocol.band.ScaleMode;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;
import qroar.reports.model.TrialRow;

class ReportWriterTest {
    @TempDir
    Path run;

    private List<String> files() throws IOException {
        try (Stream<Path> paths = Files.walk(run)) {
            return paths.filter(Files::isRegularFile)
                    .map(path -> run.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aRunLeavesItsFilesAndNothingElse() throws IOException {
        ReportWriter.write(run, SampleReport.demo());
        ReportWriter.write(run, SampleReport.demo());
        assertThat(files())
                .containsExactly(
                        "report.html", "result.json", "scales/01-yarn4-rtn-w2g32-b4-shared.json", "trials.csv");
        var scales = ScalesSidecar.read(ReportWriter.sidecar(run, "01-yarn4-rtn-w2g32-b4-shared"))
                .scales();
        assertThat(scales.mode()).isEqualTo(ScaleMode.SHARED);
        assertThat(scales.scales()).containsExactly(1.16, 1.077, 0.862, 1.0);
        assertThat(Markup.texts(Markup.parse(Files.readAllBytes(run.resolve("report.html"))), "h1"))
                .containsExactly("demo");
    }

    @Test
    void theResultComesBackAsItWas() {
        for (RunReport report : List.of(SampleReport.demo(), SampleReport.sweep(3, 5), SampleReport.empty())) {
            ReportWriter.write(run, report);
            assertThat(ResultFile.read(run.resolve("result.json"))).isEqualTo(report);
        }
    }

    @Test
    void theResultHasStableNamesFullPrecisionAndNullForNaN() throws IOException {
        StudyReport known = SampleReport.demo().studies().get(0);
        StudyReport study = new StudyReport(
                known.id(),
                known.state(),
                known.settings(),
                known.bands(),
                known.candidates(),
                known.lengths(),
                new ObjectiveOutcome(1.0 / 3, Double.NaN, Double.POSITIVE_INFINITY, null, null, null, null),
                known.tasks(),
                known.attribution(),
                known.repair(),
                known.controls(),
                known.shares(),
                known.heldOut(),
                known.notes());
        RunReport demo = SampleReport.demo();
        ReportWriter.write(run, new RunReport(demo.run(), List.of(study), demo.trials(), demo.cost()));
        JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(run.resolve("result.json")));
        assertThat(root.path("format").asText()).isEqualTo("qroar-result/2");
        JsonNode objective = root.at("/studies/0/objective");
        assertThat(objective.path("searchBefore").asDouble()).isEqualTo(1.0 / 3);
        assertThat(objective.path("searchAfter").isNull()).isTrue();
        assertThat(objective.path("heldOutBefore").isNull()).isTrue();
        assertThat(root.at("/studies/0/settings/mode").asText()).isEqualTo("shared");
        assertThat(root.at("/studies/0/lengths/2/lengthTokens").asInt()).isEqualTo(2048);
        assertThat(root.at("/studies/0/lengths/0/tunedPplGain/lowNats").isNumber())
                .isTrue();
        assertThat(root.at("/run/started").asText()).isEqualTo("2026-11-22T18:00:00Z");
        assertThat(root.at("/run/documents/1/role").asText()).isEqualTo("held-out");
        assertThat(root.at("/trials/1/state").asText()).isEqualTo("stopped");
        RunReport back = ResultFile.read(run.resolve("result.json"));
        assertThat(back.studies().get(0).objective().searchAfter()).isNull();
    }

    @Test
    void aResultThatIsNoneIsRefusedInOneLine() throws IOException {
        Path file = run.resolve("result.json");
        assertRefused(file, "no such file");
        Files.writeString(file, "{\"format\":\"qroar-result/2\"");
        assertRefused(file, "not JSON");
        Files.writeString(file, "{\"format\":\"qroar-result/9\"}");
        assertRefused(file, "format 'qroar-result/9' is not qroar-result/2");
        ReportWriter.write(run, SampleReport.demo());
        String json = Files.readString(file);
        Files.writeString(file, json.replaceFirst("\"state\" : \"running\"", "\"state\" : \"walking\""));
        assertRefused(file, "run.state");
        Files.writeString(file, json.replaceFirst("\"forwardTokens\"", "\"forwardToken\""));
        assertRefused(file, "forwardTokens");
    }

    private static void assertRefused(Path file, String complaint) {
        assertThatThrownBy(() -> ResultFile.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("\n");
    }

    /** As the first release wrote it: gains at a length under other names, and none of the keys that came later. */
    private static ObjectNode inTheFirstFormat(Path result) throws IOException {
        ObjectNode root = (ObjectNode) new ObjectMapper().readTree(Files.readAllBytes(result));
        root.put("format", "qroar-result/1");
        ((ObjectNode) root.get("cost")).remove(List.of("workerSeconds", "lookAhead", "besides", "continuations"));
        for (JsonNode study : root.get("studies")) {
            ((ObjectNode) study).remove(List.of("repair", "shares", "controls", "heldOut"));
            for (JsonNode candidate : study.get("candidates")) {
                ((ObjectNode) candidate).remove(List.of("trial", "figures"));
            }
            ((ObjectNode) study).put("attribution", "J falls by 52.59 %, which is wrong");
            for (JsonNode row : study.get("lengths")) {
                ((ObjectNode) row)
                        .remove(List.of("tunedPplGain", "controlPplGain", "repairedPplGain", "quantizingPplGain"));
            }
        }
        return root;
    }

    @Test
    void aResultOfTheFirstFormatIsReadWithItsFiguresAndWithoutItsSentences() throws IOException {
        ReportWriter.write(run, SampleReport.demo());
        Path file = run.resolve("result.json");
        ObjectNode first = inTheFirstFormat(file);
        assertThat(first.at("/studies/0/lengths/0/tunedGain").isObject()).isTrue();
        Files.writeString(file, first.toString());

        RunReport read = ResultFile.read(file);
        RunReport today = SampleReport.demo();
        assertThat(ResultFile.isCurrent(read)).isFalse();
        assertThat(ResultFile.isCurrent(today)).isTrue();
        assertThat(read.run().notes()).last().asString().contains("qroar-result/1");
        assertThat(read.trials()).isEqualTo(today.trials());
        for (int s = 0; s < today.studies().size(); s++) {
            StudyReport study = read.studies().get(s);
            assertThat(study.lengths()).isEqualTo(today.studies().get(s).lengths());
            assertThat(study.objective()).isEqualTo(today.studies().get(s).objective());
            assertThat(study.attribution()).isNull();
        }

        Path page = run.resolve("page.html");
        ReportWriter.writePage(page, read);
        assertThat(page).content().doesNotContain("52.59 %");
        Path comparison = run.resolve("comparison.html");
        ReportWriter.writeComparison(comparison, List.of(read, today));
        assertThat(comparison).isNotEmptyFile();
    }

    @Test
    void aNewerResultWithMoreKeysCanBeRead() throws IOException {
        Path file = run.resolve("result.json");
        ReportWriter.write(run, SampleReport.empty());
        Files.writeString(file, Files.readString(file).replaceFirst("\\{", "{\"added\":[1],"));
        assertThat(ResultFile.read(file)).isEqualTo(SampleReport.empty());
    }

    @Test
    void everyTrialIsALineWhateverItIsCalled() {
        String label = "a \"quoted\", b\r\nand <script> \u4e2d";
        TrialRow hostile =
                new TrialRow(7, "s,1", label, "key", Standing.FAILED, null, 3, 0, 80, 0, null, "line\nbreak");
        RunReport demo = SampleReport.demo();
        RunReport odd = new RunReport(demo.run(), demo.studies(), List.of(hostile), demo.cost());
        List<List<String>> rows = csv(odd);
        assertThat(rows.get(0)).containsExactly(TrialsCsv.HEADER.split(","));
        assertThat(rows.get(1).subList(0, 12))
                .containsExactly("7", "s,1", label, "key", "failed", "", "3", "0", "80", "0", "", "line\nbreak");
        assertThat(rows.get(1).subList(12, 26)).as("of no study that is known").allMatch(String::isEmpty);
        assertThat(rows).hasSize(2);
        List<List<String>> all = csv(demo);
        assertThat(all).hasSize(demo.trials().size() + 1).allMatch(row -> row.size() == 26);
        assertThat(Double.parseDouble(all.get(1).get(10))).isEqualTo(11.25);
    }

    @Test
    void aTrialSaysWhatItsStudyMadeOfIt() {
        RunReport demo = SampleReport.demo();
        StudyReport study = demo.studies().get(0);
        List<TrialRow> trials = new ArrayList<>();
        for (String label : List.of(
                "baseline",
                "pass-1/band-0/scale-0.8000",
                "held-out/baseline",
                "held-out/tuned",
                "held-out/control",
                "unquantized/long")) {
            int number = label.startsWith("pass") ? 2 : 1000 + trials.size();
            trials.add(new TrialRow(number, study.id(), label, "key", Standing.FINISHED, "w", 1, 80, 80, 9, 1.0, null));
        }
        List<List<String>> rows = csv(new RunReport(demo.run(), demo.studies(), trials, demo.cost()));
        assertThat(rows).allMatch(row -> row.size() == 26);
        List<List<String>> made = rows.stream().map(row -> row.subList(12, 26)).toList();
        String ones = "1.0 1.0 1.0 1.0";
        String best = "1.16 1.077 0.862 1.0";
        assertThat(made.get(1)).startsWith("", "", "", "", "", ones, "3.742", "", "");
        CandidateRow candidate = study.candidates().get(0);
        assertThat(candidate.trial()).isEqualTo(2);
        assertThat(made.get(2).subList(0, 6)).containsExactly("1", "0", "0", "8", "0.8", "0.8 1.0 1.0 1.0");
        assertThat(made.get(2).get(9)).isEqualTo(String.valueOf(candidate.gainNats()));
        assertThat(made.get(2).get(13)).isEqualTo("false");
        assertThat(made.get(3).subList(5, 9)).containsExactly(ones, "3.6105", "3.5105", "3.7105");
        assertThat(made.get(4).get(5)).isEqualTo(best);
        assertThat(Double.parseDouble(made.get(4).get(9))).isEqualTo(0.0589);
        assertThat(Double.parseDouble(made.get(4).get(10))).isEqualTo(0.0589 - 0.0041);
        assertThat(made.get(5).get(5)).isEqualTo(best);
        assertThat(Double.parseDouble(made.get(5).get(9))).isEqualTo(0.0008);
        assertThat(made.get(6)).as("neither scored nor scaled").allMatch(String::isEmpty);
    }

    private static List<List<String>> csv(RunReport report) {
        return parseCsv(new String(TrialsCsv.bytes(report), StandardCharsets.UTF_8));
    }

    /** RFC 4180, the plain way. */
    private static List<List<String>> parseCsv(String csv) {
        List<List<String>> rows = new ArrayList<>(List.of(new ArrayList<>()));
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < csv.length(); i++) {
            char c = csv.charAt(i);
            if (c == '"' && quoted && i + 1 < csv.length() && csv.charAt(i + 1) == '"') {
                field.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == ',' || c == '\r')) {
                rows.get(rows.size() - 1).add(field.toString());
                field.setLength(0);
                if (c == '\r') {
                    assertThat(csv.charAt(++i)).isEqualTo('\n');
                    rows.add(new ArrayList<>());
                }
            } else {
                field.append(c);
            }
        }
        assertThat(rows.remove(rows.size() - 1)).isEmpty();
        return rows;
    }

    @Test
    void studyIdsCannotLeaveTheFolderOfScales() {
        assertThat(ReportWriter.sidecar(run, "../../etc/x"))
                .isEqualTo(run.resolve("scales").resolve("%2E.%2F..%2Fetc%2Fx.json"));
        assertThat(ReportWriter.sidecar(run, "a b")).isEqualTo(run.resolve("scales/a%20b.json"));
    }

    @Test
    void aReaderNeverSeesHalfAFile() throws Exception {
        ReportWriter.write(run, SampleReport.empty());
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            for (int i = 0; i < 15; i++) {
                ReportWriter.write(run, i % 2 == 0 ? SampleReport.demo() : SampleReport.empty());
            }
            done.set(true);
        });
        writer.start();
        int reads = 0;
        while (!done.get() && writer.isAlive()) {
            ResultFile.read(run.resolve("result.json"));
            Markup.parse(Files.readAllBytes(run.resolve("report.html")));
            reads++;
        }
        writer.join();
        assertThat(done).isTrue();
        assertThat(reads).isPositive();
    }

    @Test
    void whatCannotBeWrittenIsNamedAndLeavesNoRubbish() throws IOException {
        Files.createDirectories(run.resolve("trials.csv/in-the-way"));
        assertThatThrownBy(() -> ReportWriter.write(run, SampleReport.demo()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith(run.resolve("trials.csv") + " cannot be written: ")
                .hasMessageNotContaining("\n");
        assertThat(files()).noneMatch(file -> file.contains(".partial"));
    }

    /** Stands for a disk that fills up in mid-file: the child may write files of 8 KiB at most, the page is larger. */
    @Test
    void aDiskThatFillsUpLeavesTheOldFile() throws Exception {
        Path page = Files.writeString(run.resolve("page.html"), "old");
        Process child = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -f 16; exec \"$@\"",
                        "sh",
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FillsTheDisk.class.getName(),
                        page.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(output).isEqualTo(3);
        assertThat(output.strip()).startsWith(page + " cannot be written: ").doesNotContain("\n");
        assertThat(page).hasContent("old");
        assertThat(files()).containsExactly("page.html");
    }

    /** Runs in the child. */
    static final class FillsTheDisk {
        private FillsTheDisk() {}

        public static void main(String[] arguments) {
            try {
                qroar.protocol.storage.AtomicFile.write(Path.of(arguments[0]), new byte[1 << 20]);
            } catch (UncheckedIOException e) {
                System.out.println(e.getMessage());
                System.exit(3);
            }
        }
    }
}
