package qroar.experiments.definition;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import qroar.experiments.definition.sweep.Exclusion;
import qroar.experiments.definition.sweep.LayerChoice;
import qroar.experiments.definition.sweep.RopeChoice;
import qroar.experiments.definition.sweep.Sweep;
import qroar.experiments.definition.sweep.Weighting;
import qroar.experiments.definition.task.NeedlesReader;
import qroar.experiments.definition.task.ObjectiveNeedles;
import qroar.experiments.definition.task.TaskEvaluation;
import qroar.experiments.definition.yaml.PathLocator;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.objective.Aim;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Evidence;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.needle.NeedleTasks;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.Precision;

/** A definition as canonical text: keys in one order, every default spelled out, lists even where one value stands. */
final class ResolvedFile {
    private static final YAMLMapper MAPPER = new YAMLMapper(YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .build());

    private ResolvedFile() {}

    static String write(ExperimentDefinition definition) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", definition.name());
        tree.put("model", text(definition.model().directory()));
        Path control = definition.model().control();
        if (control != null) {
            tree.put("control", text(control));
        }
        Precision precision = definition.model().precision();
        tree.put("precision", precision == null ? Precision.AUTO : precision.word());
        tree.put("documents", documents(definition.documents()));
        tree.putAll(settingsTree(definition));
        if (calibrates(definition)) {
            Map<String, Object> calibration = calibration(definition.calibration());
            calibration.put("blocks", definition.calibration().blocks().word());
            tree.put("calibration", calibration);
        }
        ObjectiveNeedles needles = definition.needles();
        if (needles != null) {
            tree.put("needles", needles(needles, Haystack.NAMED));
        }
        if (!definition.tasks().isEmpty()) {
            tree.put(
                    "tasks", definition.tasks().stream().map(ResolvedFile::task).toList());
        }
        try {
            return MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of maps, lists, text and numbers can always be written", e);
        }
    }

    static Map<String, String> settings(ExperimentDefinition definition) {
        Map<String, String> flat = new LinkedHashMap<>();
        Precision precision = definition.model().precision();
        // Runs of the versions that knew nothing else are taken up by this one.
        if (precision != null && precision != Precision.FLOAT32) {
            flat.put("precision", precision.word());
        }
        flatten("", settingsTree(definition), flat);
        return flat;
    }

    private static void flatten(String path, Map<?, ?> tree, Map<String, String> flat) {
        tree.forEach((key, value) -> {
            String full = path.isEmpty() ? key.toString() : path + "." + key;
            if (value instanceof Map<?, ?> below) {
                flatten(full, below, flat);
            } else {
                flat.put(full, value.toString());
            }
        });
    }

    private static Map<String, Object> settingsTree(ExperimentDefinition definition) {
        Map<String, Object> tree = new LinkedHashMap<>();
        Map<String, Object> calibration = calibration(definition.calibration());
        // Left out where it says what was so before the key was there: runs of then keep their fingerprints.
        if (calibrates(definition) && definition.calibration().blocks() != Defaults.RECORDED_CALIBRATION_BLOCKS) {
            calibration.put("blocks", definition.calibration().blocks().word());
        }
        tree.put("calibration", calibration);
        tree.put("lengths", definition.lengths());
        tree.put("window", definition.windowTokens());
        // Left out where nothing is said, as before the key was there: runs of then keep their fingerprints.
        Map<String, Object> heldOut = heldOut(definition.heldOut());
        if (!heldOut.isEmpty()) {
            tree.put("held-out", heldOut);
        }
        Integer trainedWindow = definition.trainedWindow();
        if (trainedWindow != null) {
            tree.put("trained-window", trainedWindow);
        }
        Sweep sweep = definition.sweep();
        tree.putAll(swept(new Exclusion(
                sweep.rope(),
                sweep.quantizer(),
                sweep.bands(),
                // Left out where it says what was so before the key was there: runs of then keep their fingerprints.
                sweep.layers().equals(List.of(LayerChoice.ALL)) ? List.of() : sweep.layers(),
                sweep.grid(),
                sweep.mode(),
                sweep.weights(),
                sweep.objective().equals(List.of(Aim.PERPLEXITY)) ? List.of() : sweep.objective())));
        ObjectiveNeedles needles = definition.needles();
        if (needles != null) {
            tree.put("needles", needles(needles, Haystack.LEFT_OUT));
        }
        List<Map<String, Object>> exclude =
                sweep.exclude().stream().map(ResolvedFile::swept).toList();
        if (!exclude.isEmpty()) {
            tree.put("exclude", exclude);
        }
        tree.put("search", search(definition.search()));
        tree.put(
                "stopping",
                ordered(
                        "rule", definition.stopping().rule().word(),
                        "alpha", definition.stopping().alpha()));
        List<Control> controls = definition.search().controls();
        if (!controls.isEmpty()) {
            tree.put("controls", controls.stream().map(Control::word).toList());
        }
        return tree;
    }

    private static boolean calibrates(ExperimentDefinition definition) {
        return definition.sweep().quantizer().stream()
                .anyMatch(quantizer -> quantizer.weights().isCalibrated());
    }

    private static Map<String, Object> calibration(CalibrationSettings calibration) {
        return ordered("sequences", calibration.sequences(), "length", calibration.lengthTokens());
    }

    private static Map<String, Object> swept(Exclusion values) {
        Map<String, Object> tree = new LinkedHashMap<>();
        putUnlessEmpty(tree, "rope", values.rope(), RopeChoice::text);
        putUnlessEmpty(tree, "quantizer", values.quantizer(), QuantizationText::format);
        putUnlessEmpty(tree, "bands", values.bands(), Function.identity());
        putUnlessEmpty(tree, "layers", values.layers(), l -> l.size() == 0 ? l.text() : (Object) l.size());
        putUnlessEmpty(tree, "grid", values.grid(), Function.identity());
        putUnlessEmpty(tree, "mode", values.mode(), ScaleMode::word);
        putUnlessEmpty(
                tree,
                "weights",
                values.weights(),
                w -> w instanceof Weighting.Given given ? given.weights() : w.text());
        putUnlessEmpty(tree, "objective", values.objective(), Aim::text);
        return tree;
    }

    private static <T> void putUnlessEmpty(
            Map<String, Object> tree, String key, List<T> values, Function<T, ?> written) {
        if (!values.isEmpty()) {
            tree.put(key, values.stream().map(written).toList());
        }
    }

    private static Map<String, Object> search(SearchChoice search) {
        SearchWindowSettings window = search.window();
        Map<String, Object> tree = ordered(
                "strategy", search.strategy().word(),
                "min-gain", search.minGain(),
                "max-passes", search.maxPasses(),
                "screen-documents", search.screenDocuments(),
                "gradient-start", search.start() == SearchSettings.Start.GRADIENT,
                "window",
                        ordered(
                                "widest", window.widest(),
                                "narrowest", window.narrowest(),
                                "tail-shift", window.tailShift(),
                                "quantile", window.quantile(),
                                "lowest", window.lowestScale(),
                                "highest", window.highestScale()));
        // Left out where it says what was so before the key was there: runs of then keep their fingerprints.
        if (search.begin() != SearchChoice.Begin.ONES) {
            tree.put("start", search.begin().word());
        }
        return tree;
    }

    private static Map<String, Object> heldOut(HeldOutChoice choice) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (choice.choosesLengths()) {
            tree.put("lengths", choice.lengths());
        }
        if (choice.evidence().divergence() != Evidence.Divergence.NONE) {
            tree.put("divergence", choice.evidence().divergence().word());
        }
        KeyTokenRule rule = choice.evidence().keyTokens();
        if (rule != null) {
            tree.put(
                    "long-ppl",
                    ordered(
                            "context", rule.context(),
                            "stride", rule.stride(),
                            "gain", rule.gain(),
                            "loss", rule.loss()));
        }
        return tree;
    }

    private static Map<String, Object> documents(DocumentSources documents) {
        return ordered(
                "search", documents.search().stream().map(ResolvedFile::source).toList(),
                "held-out",
                        documents.heldOut().stream().map(ResolvedFile::source).toList(),
                "calibration",
                        documents.calibration().stream()
                                .map(ResolvedFile::source)
                                .toList());
    }

    private static Map<String, Object> task(TaskEvaluation task) {
        TaskEvaluation.Needles needles = task.needles();
        if (needles != null) {
            return needles(task.task(), needles);
        }
        Map<String, Object> tree = ordered("task", task.task(), "file", text(task.questions()));
        if (task.labels() != null) {
            tree.put("labels", text(task.labels()));
        }
        if (task.fewShot() != null) {
            tree.put("fewshot", text(task.fewShot()));
        }
        tree.put("shots", task.shots());
        tree.put("limit", task.limit());
        return tree;
    }

    private static Map<String, Object> needles(String task, TaskEvaluation.Needles needles) {
        Map<String, Object> tree = ordered("task", task);
        if (!needles.haystack().isEmpty()) {
            tree.put(
                    "haystack",
                    needles.haystack().stream().map(ResolvedFile::text).toList());
        }
        tree.put("lengths", needles.lengths());
        tree.put("depths", needles.depthsPercent().isEmpty() ? NeedlesReader.RANDOM : needles.depthsPercent());
        tree.put("samples", needles.samples());
        tree.put("seed", needles.seed());
        return tree;
    }

    /** Whether a file's path is written; as a setting it is told by the questions that are made of the file. */
    private enum Haystack {
        NAMED,
        LEFT_OUT
    }

    private static Map<String, Object> needles(ObjectiveNeedles needles, Haystack haystack) {
        Map<String, Object> tree = ordered(
                "task", needles.tasks().stream().map(NeedleTasks::format).toList());
        if (haystack == Haystack.NAMED && !needles.haystack().isEmpty()) {
            tree.put(
                    "haystack",
                    needles.haystack().stream().map(ResolvedFile::text).toList());
        }
        tree.put("lengths", needles.lengths());
        tree.put("depths", needles.depthsPercent().isEmpty() ? NeedlesReader.RANDOM : needles.depthsPercent());
        tree.put("samples", needles.samples());
        tree.put("seed", needles.seed());
        tree.put("held-out-seed", needles.heldOutSeed());
        return tree;
    }

    private static Object source(DocumentSource source) {
        String file = text(source.file());
        if (source instanceof DocumentSource.PackedStories packed) {
            return ordered(
                    "packed", file,
                    "tokens", packed.tokensPerDocument(),
                    "count", packed.count(),
                    "skip", packed.skip());
        }
        return source instanceof DocumentSource.TokenFile ? ordered("tokens", file) : file;
    }

    private static String text(Path path) {
        return PathLocator.escaped(path.toString());
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
