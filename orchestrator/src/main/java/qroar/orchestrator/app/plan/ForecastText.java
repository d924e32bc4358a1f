package qroar.orchestrator.app.plan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.cost.StudyForecast;
import qroar.orchestrator.console.Columns;
import qroar.protocol.OneLine;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.workers.memory.MemoryNeed;

/** A forecast as text and as JSON. */
public final class ForecastText {
    private ForecastText() {}

    /** For people: what is read, how it fits, how long it takes, what to mind. */
    public static List<String> lines(RunForecast forecast) {
        List<String> lines = new ArrayList<>();
        PlannedInput input = forecast.input();
        lines.add(input.definition().name() + ": " + forecast.studies().size()
                + (forecast.studies().size() == 1 ? " study" : " studies") + " of a model with "
                + count(input.checkpoint().parameterCount()) + " weights in "
                + input.definition().precision().word() + ", "
                + input.documents().get("search") + " search and "
                + input.documents().get("held-out") + " held-out documents, lengths "
                + input.definition().lengths()
                + (input.definition().heldOut().choosesLengths()
                        ? ", held-out " + input.definition().heldOut().lengths()
                        : ""));
        lines.add("");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("study", "trials", "forward tokens", "search", "held-out", "held-out share"));
        for (RunForecast.StudyRow row : forecast.studies()) {
            StudyForecast of = row.forecast();
            rows.add(List.of(
                    row.study().id(),
                    range(
                            of.first().trials()
                                    + of.candidates().least().trials()
                                    + of.heldOut().trials(),
                            of.first().trials()
                                    + of.candidates().most().trials()
                                    + of.heldOut().trials()),
                    range(of.leastTokens(), of.mostTokens()),
                    range(searchLeast(of), searchMost(of)),
                    count(of.heldOut().forwardTokens()),
                    share(of.heldOut().forwardTokens(), of.leastTokens(), of.mostTokens())));
        }
        rows.add(List.of(
                "all",
                "",
                range(forecast.leastTokens(), forecast.mostTokens()),
                "",
                count(forecast.heldOutTokens()),
                share(forecast.heldOutTokens(), forecast.leastTokens(), forecast.mostTokens())));
        lines.addAll(Columns.of(rows));
        for (RunForecast.TaskRow task : forecast.tasks()) {
            lines.add("task " + task.task().task() + ": "
                    + (task.questions() == 0
                            ? "its file is not here and is not counted"
                            : task.questions() + " questions, about " + count(task.forwardTokens())
                                    + " tokens for each model, " + models(forecast.models(task)) + " models a study"));
        }
        lines.add("");
        lines.addAll(Columns.of(memory(forecast)));
        Calibration calibration = calibration(forecast);
        if (calibration != null) {
            lines.add("");
            lines.add("calibration on " + calibration.summary());
        }
        lines.add("");
        lines.add(time(forecast));
        if (forecast.trainedWindowTokens() > 0) {
            lines.add("the trained window is longer than every length: held-out documents are read further for it, "
                    + count(forecast.trainedWindowTokens()) + " tokens; held-out: {lengths: "
                    + input.definition().lengths() + "} in the experiment reads none of them");
        }
        input.assumptions().forEach(assumption -> lines.add("assumed: " + assumption));
        input.warnings().forEach(warning -> lines.add("note: " + warning));
        return lines.stream().map(OneLine::of).toList();
    }

    /** One row for studies that fit alike. */
    private static List<List<String>> memory(RunForecast forecast) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("device", "has", "needs", "placement", "order", "studies"));
        Map<List<String>, Set<String>> alike = new LinkedHashMap<>();
        for (RunForecast.StudyRow row : forecast.studies()) {
            for (RunForecast.Fit fit : row.fits()) {
                MemoryNeed calibration = fit.calibration();
                String needs = MemoryNeed.gibibytes(fit.plan().need().total())
                        + (calibration == null ? "" : ", calibration " + MemoryNeed.gibibytes(calibration.total()));
                List<String> how = List.of(
                        fit.device().name(),
                        MemoryNeed.gibibytes(fit.device().memoryBytes()),
                        needs + (fit.isPossible() ? "" : ": DOES NOT FIT"),
                        fit.plan().placement().word(),
                        fit.plan().reading().order().word());
                alike.computeIfAbsent(how, first -> new LinkedHashSet<>())
                        .add(QuantizationText.format(row.study().quantization()));
            }
        }
        alike.forEach((how, quantizers) -> {
            List<String> cells = new ArrayList<>(how);
            cells.add(String.join(" ", quantizers));
            rows.add(cells);
        });
        return rows;
    }

    /** All calibrated studies have the same. */
    private static @Nullable Calibration calibration(RunForecast forecast) {
        return forecast.studies().stream()
                .map(row -> row.study().calibration())
                .filter(calibration -> !calibration.equals(Calibration.NONE))
                .findFirst()
                .orElse(null);
    }

    private static Map<String, Object> calibration(Calibration calibration) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("blocks", calibration.choice().word());
        json.put("sequences", calibration.sequences());
        json.put("length", calibration.lengthTokens());
        long[] read = calibration.blocks().tokensOf(calibration.documents().size());
        List<Map<String, Object>> documents = new ArrayList<>();
        for (int i = 0; i < read.length; i++) {
            DocumentRef document = calibration.documents().get(i);
            documents.add(Map.of("name", document.name(), "tokens", document.tokens(), "read", read[i]));
        }
        json.put("documents", documents);
        return json;
    }

    private static String time(RunForecast forecast) {
        RunForecast.Speeds speeds = forecast.speeds();
        if (speeds == null) {
            return "time: not known; give --measure, or --rate TOKENS (forward tokens per second of each device)";
        }
        return String.format(
                Locale.ROOT,
                "time: %s to %s at %.0f tokens/s together (%s)",
                text(forecast.leastTokens() / speeds.perSecond()),
                text(forecast.mostTokens() / speeds.perSecond()),
                speeds.perSecond(),
                speeds.source());
    }

    private static String text(double seconds) {
        Duration time = Duration.ofSeconds(Math.round(seconds));
        return time.toHours() > 0
                ? time.toHours() + " h " + time.toMinutesPart() + " min"
                : time.toMinutes() + " min " + time.toSecondsPart() + " s";
    }

    private static long searchLeast(StudyForecast of) {
        return of.first().forwardTokens() + of.candidates().least().forwardTokens();
    }

    private static long searchMost(StudyForecast of) {
        return of.first().forwardTokens() + of.candidates().most().forwardTokens();
    }

    private static String range(long least, long most) {
        return least == most ? count(least) : count(least) + " to " + count(most);
    }

    private static String share(long part, long least, long most) {
        if (least == 0) {
            return "-";
        }
        long low = Math.round(100.0 * part / most);
        long high = Math.round(100.0 * part / least);
        return (low == high ? "" : low + " to ") + high + " %";
    }

    private static String count(long number) {
        if (number < 10_000) {
            return String.valueOf(number);
        }
        String[] units = {"K", "M", "G", "T"};
        double value = number;
        int unit = -1;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(
                Locale.ROOT, value < 10 ? "%.2f%s" : value < 100 ? "%.1f%s" : "%.0f%s", value, units[unit]);
    }

    private static String models(long count) {
        return count == 4 ? "four" : "up to " + count;
    }

    /** The same figures for machines. */
    public static Map<String, Object> json(RunForecast forecast) {
        PlannedInput input = forecast.input();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("experiment", input.definition().name());
        json.put("parameters", input.checkpoint().parameterCount());
        json.put("precision", input.definition().precision().word());
        json.put("lengths", input.definition().lengths());
        json.put("heldOutLengths", input.heldOutLengths());
        json.put("documents", input.documents());
        json.put("studies", forecast.studies().stream().map(ForecastText::study).toList());
        json.put(
                "tasks",
                forecast.tasks().stream()
                        .map(task -> Map.of(
                                "task", task.task().task(),
                                "questions", task.questions(),
                                "forwardTokens", task.forwardTokens()))
                        .toList());
        Calibration calibration = calibration(forecast);
        json.put("calibration", calibration == null ? null : calibration(calibration));
        json.put("forwardTokens", bounds(forecast.leastTokens(), forecast.mostTokens()));
        json.put("heldOutTokens", forecast.heldOutTokens());
        json.put("trainedWindowTokens", forecast.trainedWindowTokens());
        json.put("time", seconds(forecast));
        json.put("possible", forecast.isPossible());
        json.put("assumptions", input.assumptions());
        json.put("notes", input.warnings());
        return json;
    }

    private static @Nullable Map<String, Object> seconds(RunForecast forecast) {
        RunForecast.Speeds speeds = forecast.speeds();
        if (speeds == null) {
            return null;
        }
        Map<String, Object> time = new LinkedHashMap<>();
        time.put("tokensPerSecond", speeds.perSecond());
        time.put("source", speeds.source());
        time.put("leastSeconds", forecast.leastTokens() / speeds.perSecond());
        time.put("mostSeconds", forecast.mostTokens() / speeds.perSecond());
        return time;
    }

    private static Map<String, Object> bounds(long least, long most) {
        Map<String, Object> bounds = new LinkedHashMap<>();
        bounds.put("least", least);
        bounds.put("most", most);
        return bounds;
    }

    private static Map<String, Object> study(RunForecast.StudyRow row) {
        StudyForecast of = row.forecast();
        Map<String, Object> study = new LinkedHashMap<>();
        study.put("id", row.study().id());
        study.put("quantizer", QuantizationText.format(row.study().quantization()));
        study.put("rope", RopeScalingSpec.format(row.study().rope()));
        study.put(
                "candidates",
                bounds(of.candidates().least().trials(), of.candidates().most().trials()));
        study.put("otherTrials", of.first().trials() + of.heldOut().trials());
        study.put("searchTokens", bounds(searchLeast(of), searchMost(of)));
        study.put("heldOutTokens", of.heldOut().forwardTokens());
        List<Map<String, Object>> devices = new ArrayList<>();
        for (RunForecast.Fit fit : row.fits()) {
            Map<String, Object> device = new LinkedHashMap<>();
            MemoryNeed calibration = fit.calibration();
            device.put("device", fit.device().name());
            device.put("memoryBytes", fit.device().memoryBytes());
            device.put("needBytes", fit.plan().need().total());
            device.put("calibrationBytes", calibration == null ? 0 : calibration.total());
            device.put("placement", fit.plan().placement().word());
            device.put("order", fit.plan().reading().order().word());
            device.put("fits", fit.isPossible());
            devices.add(device);
        }
        study.put("devices", devices);
        return study;
    }
}
