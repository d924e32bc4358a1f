package qroar.experiments.definition;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.sweep.Sweep;
import qroar.experiments.definition.task.NeedlesReader;
import qroar.experiments.definition.task.ObjectiveNeedles;
import qroar.experiments.definition.task.TaskEvaluation;
import qroar.experiments.definition.yaml.PathLocator;
import qroar.experiments.definition.yaml.Section;
import qroar.experiments.definition.yaml.Source;
import qroar.experiments.definition.yaml.Value;
import qroar.experiments.definition.yaml.Value.Range;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.objective.Aim;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Evidence;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.needle.NeedleTasks;
import qroar.protocol.quantization.StoredQuantization;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.Precision;

/** From the keys of a file to a definition: one method per group of keys, defaults beside their key. */
final class ExperimentReader {
    private static final int MAX_TOKENS = 1 << 24;
    private static final int MAX_LENGTHS = 64;
    private static final int MAX_PACKED_DOCUMENTS = 10_000;

    private static final List<String> PRECISIONS = Stream.concat(
                    Stream.of(Precision.AUTO), Arrays.stream(Precision.values()).map(Precision::word))
            .toList();

    private final Section top;
    private final PathLocator paths;
    private final BlockChoice unsaidBlocks;

    /** @param unsaidBlocks what calibration blocks are where the file does not say */
    ExperimentReader(Section top, PathLocator paths, BlockChoice unsaidBlocks) {
        this.top = top;
        this.paths = paths;
        this.unsaidBlocks = unsaidBlocks;
    }

    ExperimentDefinition definition() {
        String name = name();
        Path model = paths.checkpoint(top.required("model"));
        DocumentSources documents = documents(top.required("documents"));
        List<Integer> lengths = lengths(top.required("lengths"));
        Value trainedWindow = top.optional("trained-window");
        Sweep sweep = new SweepReader(top, lengths).sweep();
        ObjectiveNeedles needles = needles(sweep, lengths);
        return new ExperimentDefinition(
                name,
                new ModelChoice(
                        model,
                        trainedWindow == null ? null : (Integer) trainedWindow.wholeNumber(2, MAX_TOKENS),
                        precision(top.choice("precision", PRECISIONS, Precision.AUTO)),
                        control(sweep)),
                documents,
                calibration(top.section("calibration", ExperimentKeys.CALIBRATION), sweep),
                new Reading(
                        lengths,
                        top.wholeNumber("window", 8, 65_536, EvaluationPlan.DEFAULT_WINDOW_TOKENS),
                        heldOut(top.section("held-out", ExperimentKeys.HELD_OUT), lengths)),
                sweep,
                search(top.section("search", ExperimentKeys.SEARCH)),
                stopping(top.section("stopping", ExperimentKeys.STOPPING)),
                tasks(top.optional("tasks"), lengths, needles),
                needles);
    }

    private @Nullable ObjectiveNeedles needles(Sweep sweep, List<Integer> lengths) {
        Value value = top.optional("needles");
        List<Aim> asking = sweep.objective().stream().filter(Aim::asks).toList();
        if (asking.isEmpty()) {
            if (value != null) {
                throw value.bad("is of use with objective 'needle' or 'mixture' only; what models are asked beside a"
                        + " search stands under 'tasks'");
            }
            return null;
        }
        String objective = Source.quoted(asking.get(0).text());
        if (value == null) {
            throw top.bad(
                    "objective",
                    "is " + objective + ", and the key 'needles' that says what is asked is missing: needles: {task:"
                            + " passkey}");
        }
        Section search = top.section("search", ExperimentKeys.SEARCH);
        if (search.truth("gradient-start", false)) {
            throw search.bad("gradient-start", "follows the slopes of perplexity, and the objective is " + objective);
        }
        return new NeedlesReader(value.section(ExperimentKeys.OBJECTIVE_NEEDLES), paths).readObjective(lengths);
    }

    private CalibrationSettings calibration(Section section, Sweep sweep) {
        String word = section.choice("blocks", BlockChoice.words(), unsaidBlocks.word());
        boolean calibrates =
                sweep.quantizer().stream().anyMatch(each -> each.weights().isCalibrated());
        return new CalibrationSettings(
                section.wholeNumber("sequences", 1, 65_536, Defaults.CALIBRATION_SEQUENCES),
                section.wholeNumber("length", 2, MAX_TOKENS, Defaults.CALIBRATION_LENGTH_TOKENS),
                // No number depends on it elsewhere, and so no run's identity.
                calibrates ? BlockChoice.ofWord(word) : Defaults.CALIBRATION_BLOCKS);
    }

    private @Nullable Path control(Sweep sweep) {
        Value control = top.optional("control");
        if (control == null) {
            return null;
        }
        boolean stored = sweep.quantizer().stream().anyMatch(each -> each.weights() instanceof StoredQuantization);
        if (!stored) {
            throw control.bad("is of use with quantizer 'stored' only: the model itself is the control of others");
        }
        return paths.checkpoint(control);
    }

    private static @Nullable Precision precision(String word) {
        return word.equals(Precision.AUTO) ? null : Precision.ofWord(word);
    }

    private List<TaskEvaluation> tasks(
            @Nullable Value value, List<Integer> lengths, @Nullable ObjectiveNeedles searched) {
        Set<TaskEvaluation> tasks = new LinkedHashSet<>();
        for (Value item : Value.itemsOrNone(value)) {
            Section section = item.section(ExperimentKeys.TASK);
            Value word = section.required("task");
            boolean needles = NeedleTasks.isNamed(word.text());
            if (!needles && !TaskEvaluation.isNamed(word.text())) {
                word.choice(NeedlesReader.words());
            }
            for (String key : needles ? ExperimentKeys.CHOICE : ExperimentKeys.NEEDLES) {
                if (section.has(key)) {
                    throw section.bad(key, "is none of the task " + Source.quoted(word.text()));
                }
            }
            TaskEvaluation task = needles
                    ? TaskEvaluation.of(new NeedlesReader(section, paths).read(word, lengths))
                    : choices(section, word);
            if (searched != null && task.needles() != null && task.needles().seed() == searched.seed()) {
                throw section.bad(
                        "seed",
                        "is " + searched.seed() + ", that of the questions which are searched on (needles.seed); report"
                                + " others");
            }
            if (!tasks.add(task)) {
                throw item.bad("is there a second time");
            }
        }
        return List.copyOf(tasks);
    }

    private TaskEvaluation choices(Section section, Value word) {
        Value labels = section.optional("labels");
        Value fewShot = section.optional("fewshot");
        return new TaskEvaluation(
                TaskEvaluation.wordOf(word.text()),
                paths.file(section.required("file")),
                labels == null ? null : paths.file(labels),
                fewShot == null ? null : paths.file(fewShot),
                section.wholeNumber("shots", 0, 64, 0),
                section.wholeNumber("limit", 0, MAX_TOKENS, 0),
                null);
    }

    private String name() {
        Value value = top.required("name");
        String name = value.text();
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw value.bad("is " + Source.quoted(name)
                    + "; it names a folder: at most 64 letters, digits, '.', '_' and '-', a letter or digit first");
        }
        return name;
    }

    private DocumentSources documents(Value value) {
        Section documents = value.section(ExperimentKeys.DOCUMENTS);
        List<DocumentSource> search = sources(documents.required("search"));
        Value heldOutValue = documents.required("held-out");
        List<DocumentSource> heldOut = sources(heldOutValue);
        Set<DocumentSource> searched = new HashSet<>(search);
        for (DocumentSource source : heldOut) {
            if (searched.contains(source)) {
                throw heldOutValue.bad("has " + source.file()
                        + ", which is also a search document; held-out documents must be unseen");
            }
        }
        Value calibration = documents.optional("calibration");
        return new DocumentSources(search, heldOut, calibration == null ? search : sources(calibration));
    }

    private List<DocumentSource> sources(Value value) {
        Set<DocumentSource> sources = new LinkedHashSet<>();
        for (Value item : value.items()) {
            for (DocumentSource source : located(item)) {
                if (!sources.add(source)) {
                    throw item.bad("names " + source.file() + " a second time");
                }
            }
        }
        if (sources.size() > Value.MAX_ITEMS) {
            throw value.bad("names " + sources.size() + " documents; at most " + Value.MAX_ITEMS + " are allowed");
        }
        return List.copyOf(sources);
    }

    private List<DocumentSource> located(Value item) {
        if (!item.isMapping()) {
            return paths.files(item).stream()
                    .<DocumentSource>map(DocumentSource.TextFile::new)
                    .toList();
        }
        Section section = item.section(ExperimentKeys.DOCUMENT);
        Value packed = section.optional("packed");
        if (packed != null) {
            return List.of(new DocumentSource.PackedStories(
                    paths.file(packed),
                    section.required("tokens").wholeNumber(2, MAX_TOKENS),
                    section.required("count").wholeNumber(1, MAX_PACKED_DOCUMENTS),
                    section.wholeNumber("skip", 0, MAX_TOKENS, 0)));
        }
        for (String key : List.of("count", "skip")) {
            if (section.has(key)) {
                throw section.bad(key, "needs the key 'packed' beside it");
            }
        }
        return paths.files(section.required("tokens")).stream()
                .<DocumentSource>map(DocumentSource.TokenFile::new)
                .toList();
    }

    private static List<Integer> lengths(Value value) {
        List<Integer> lengths = new ArrayList<>();
        int previous = 0;
        for (Value item : value.items()) {
            int length = item.wholeNumber(2, MAX_TOKENS);
            if (length <= previous) {
                throw item.bad("is " + length + " after " + previous + "; lengths must rise");
            }
            lengths.add(length);
            previous = length;
        }
        if (lengths.size() > MAX_LENGTHS) {
            throw value.bad("has " + lengths.size() + " lengths; at most " + MAX_LENGTHS + " are allowed");
        }
        return lengths;
    }

    private static HeldOutChoice heldOut(Section section, List<Integer> searched) {
        Value value = section.optional("lengths");
        List<Integer> lengths = value == null ? List.of() : lengths(value);
        if (value != null && !lengths.containsAll(searched)) {
            List<Integer> missing =
                    searched.stream().filter(each -> !lengths.contains(each)).toList();
            throw value.bad(
                    "lacks " + missing + " of the key 'lengths', where the objective is measured, held-out too; a"
                            + " length below the longest costs nothing");
        }
        List<String> words = Arrays.stream(Evidence.Divergence.values())
                .map(Evidence.Divergence::word)
                .toList();
        String word = section.choice("divergence", words, Evidence.Divergence.NONE.word());
        return new HeldOutChoice(
                lengths,
                new Evidence(
                        Evidence.Divergence.values()[words.indexOf(word)], keyTokens(section.optional("long-ppl"))));
    }

    /** {@code true} for the published rule, or a group. */
    private static @Nullable KeyTokenRule keyTokens(@Nullable Value value) {
        if (value == null || !value.isMapping()) {
            return value == null || !value.truth() ? null : KeyTokenRule.PUBLISHED;
        }
        Section section = value.section(ExperimentKeys.LONG_PPL);
        KeyTokenRule published = KeyTokenRule.PUBLISHED;
        return new KeyTokenRule(
                section.wholeNumber("context", 1, MAX_TOKENS, published.context()),
                section.wholeNumber("stride", 1, MAX_TOKENS, published.stride()),
                section.number("gain", Range.closed(0, 100), published.gain()),
                section.number("loss", Range.above(0, 100), published.loss()));
    }

    private SearchChoice search(Section section) {
        List<SearchStrategy.Strategy> strategies = Arrays.asList(SearchStrategy.Strategy.values());
        List<String> words =
                strategies.stream().map(SearchStrategy.Strategy::word).toList();
        String word = section.choice("strategy", words, Defaults.STRATEGY.word());
        List<String> begins = Arrays.stream(SearchChoice.Begin.values())
                .map(SearchChoice.Begin::word)
                .toList();
        SearchStrategy.Strategy strategy = strategies.get(words.indexOf(word));
        return new SearchChoice(
                strategy,
                section.number("min-gain", new Range(0, true, 1, false), Defaults.MIN_GAIN),
                section.wholeNumber("max-passes", 1, 100, Defaults.MAX_PASSES),
                section.wholeNumber("screen-documents", 1, 100, Defaults.SCREEN_DOCUMENTS),
                window(section.section("window", ExperimentKeys.SEARCH_WINDOW)),
                section.truth("gradient-start", Defaults.START == SearchSettings.Start.GRADIENT)
                        ? SearchSettings.Start.GRADIENT
                        : SearchSettings.Start.DIAGNOSTICS,
                SearchChoice.Begin.values()[begins.indexOf(section.choice("start", begins, Defaults.BEGIN.word()))],
                controls(top.optional("controls"), strategy));
    }

    private static List<Control> controls(@Nullable Value value, SearchStrategy.Strategy strategy) {
        List<Value> items = Value.itemsOrNone(value);
        if (value == null || items.isEmpty()) {
            return List.of();
        }
        if (strategy == SearchStrategy.Strategy.NONE) {
            throw value.bad("compares what a search finds, and search.strategy is none");
        }
        List<String> words = Arrays.stream(Control.values()).map(Control::word).toList();
        List<Control> controls = new ArrayList<>();
        for (Value item : items) {
            Control control = Control.values()[words.indexOf(item.choice(words))];
            if (controls.contains(control)) {
                throw item.bad("is there a second time");
            }
            controls.add(control);
        }
        return controls;
    }

    private static SearchWindowSettings window(Section section) {
        double widest = section.number("widest", Range.above(0, 2), Defaults.WINDOW.widest());
        // Left out, the narrowest window follows a widest one that was made smaller.
        double narrowest =
                section.number("narrowest", Range.above(0, widest), Math.min(widest, Defaults.WINDOW.narrowest()));
        return new SearchWindowSettings(
                widest,
                narrowest,
                section.number("tail-shift", Range.closed(0, 4), Defaults.WINDOW.tailShift()),
                section.number("quantile", new Range(0.5, true, 1, false), Defaults.WINDOW.quantile()),
                section.number("lowest", Range.closed(0.01, 1), Defaults.WINDOW.lowestScale()),
                section.number("highest", Range.closed(1, 100), Defaults.WINDOW.highestScale()));
    }

    private static StoppingSettings stopping(Section section) {
        List<StoppingRule.Rule> rules = Arrays.asList(StoppingRule.Rule.values());
        List<String> words = rules.stream().map(StoppingRule.Rule::word).toList();
        String word = section.choice("rule", words, Defaults.STOPPING.rule().word());
        return new StoppingSettings(
                rules.get(words.indexOf(word)),
                section.number("alpha", Range.above(0, 0.5), Defaults.STOPPING.alpha()));
    }
}
