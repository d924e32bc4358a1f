package qroar.experiments.definition;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Every key of the experiment file; {@code docs/experiment-file.md} explains each. */
final class ExperimentKeys {
    static final List<String> SWEPT =
            List.of("rope", "quantizer", "bands", "layers", "grid", "mode", "weights", "objective");
    static final List<String> TOP = List.of(
            "name",
            "model",
            "control",
            "precision",
            "documents",
            "calibration",
            "lengths",
            "window",
            "held-out",
            "trained-window",
            "rope",
            "quantizer",
            "bands",
            "layers",
            "grid",
            "mode",
            "weights",
            "objective",
            "needles",
            "exclude",
            "search",
            "stopping",
            "controls",
            "tasks");
    static final List<String> DOCUMENTS = List.of("search", "held-out", "calibration");
    static final List<String> DOCUMENT = List.of("packed", "tokens", "count", "skip");
    static final List<String> HELD_OUT = List.of("lengths", "divergence", "long-ppl");
    static final List<String> LONG_PPL = List.of("context", "stride", "gain", "loss");
    static final List<String> CALIBRATION = List.of("sequences", "length", "blocks");
    static final List<String> SEARCH =
            List.of("strategy", "min-gain", "max-passes", "screen-documents", "gradient-start", "start", "window");
    static final List<String> SEARCH_WINDOW =
            List.of("widest", "narrowest", "tail-shift", "quantile", "lowest", "highest");
    static final List<String> STOPPING = List.of("rule", "alpha");

    static final List<String> CHOICE = List.of("file", "labels", "fewshot", "shots", "limit");
    static final List<String> NEEDLES = List.of("haystack", "lengths", "depths", "samples", "seed");
    static final List<String> TASK =
            Stream.of(List.of("task"), CHOICE, NEEDLES).flatMap(List::stream).toList();

    static final List<String> OBJECTIVE_NEEDLES =
            List.of("task", "haystack", "lengths", "depths", "samples", "seed", "held-out-seed");

    private ExperimentKeys() {}

    /** Full paths of all keys. */
    static List<String> all() {
        List<String> all = new ArrayList<>(TOP);
        DOCUMENTS.forEach(key -> all.add("documents." + key));
        DOCUMENT.forEach(key -> all.add("documents.search[]." + key));
        HELD_OUT.forEach(key -> all.add("held-out." + key));
        LONG_PPL.forEach(key -> all.add("held-out.long-ppl." + key));
        CALIBRATION.forEach(key -> all.add("calibration." + key));
        SWEPT.forEach(key -> all.add("exclude[]." + key));
        SEARCH.forEach(key -> all.add("search." + key));
        SEARCH_WINDOW.forEach(key -> all.add("search.window." + key));
        STOPPING.forEach(key -> all.add("stopping." + key));
        OBJECTIVE_NEEDLES.forEach(key -> all.add("needles." + key));
        TASK.forEach(key -> all.add("tasks[]." + key));
        return List.copyOf(all);
    }
}
