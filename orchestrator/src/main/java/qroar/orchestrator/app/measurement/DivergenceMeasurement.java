package qroar.orchestrator.app.measurement;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.app.model.LoadedModel;
import qroar.orchestrator.app.model.TextSource;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.divergence.Divergence;
import qroar.workers.divergence.DivergenceStatistics;
import qroar.workers.divergence.TokenDivergence;
import qroar.workers.evaluation.Evaluation;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.evaluation.KeyTokens;
import qroar.workers.evaluation.Protocol;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.HeadComparison;
import qroar.workers.text.TokenizedDocument;

/**
 * Perplexity in the nested protocol with what it alone does not tell: divergence from a reference, and perplexity over the
 * tokens that need the long context. The models are in memory one after the other.
 */
public final class DivergenceMeasurement {
    private final PerplexitySettings settings;
    private final Settings asked;
    private final ChosenModel model;
    private final ChosenScales scales;
    private final List<TokenizedDocument> documents;
    private final List<Integer> lengths;
    private @Nullable KeyTokens keyTokens;

    /**
     * What is asked beside perplexity.
     *
     * @param reference checkpoint whose distributions divergence is measured from, as it is stored and under the same RoPE
     *     scaling; null for none
     * @param noiseFloor whether the reference is also compared with itself in another precision
     * @param longRule which tokens need the long context, chosen by the reference where there is one; null when nobody asks
     */
    public record Settings(@Nullable Path reference, boolean noiseFloor, KeyTokens.@Nullable Rule longRule) {
        /** @throws BadInput where a noise floor is asked for without a reference */
        public Settings {
            if (noiseFloor && reference == null) {
                throw new BadInput("--noise-floor compares a reference with itself: give --reference DIR");
            }
        }

        /**
         * Options as a person gave them.
         *
         * @param longPerplexity whether perplexity over tokens that need the long context is asked for
         * @param rule context, stride, gain and loss by which those are chosen; empty for the published ones
         * @throws BadInput where options do not go together
         */
        public static Settings of(
                @Nullable Path reference, boolean noiseFloor, boolean longPerplexity, List<Double> rule) {
            if (!longPerplexity && !rule.isEmpty()) {
                throw new BadInput("--long-ppl-rule says how --long-ppl chooses tokens, which is not asked for");
            }
            return new Settings(reference, noiseFloor, longPerplexity ? longRule(rule) : null);
        }

        private static KeyTokens.Rule longRule(List<Double> rule) {
            if (rule.isEmpty()) {
                return KeyTokens.Rule.PUBLISHED;
            }
            if (rule.size() != 4 || rule.stream().limit(2).anyMatch(n -> n != Math.rint(n) || n > 1 << 30)) {
                throw new BadInput("--long-ppl-rule " + rule
                        + " must be four numbers, the first two of them whole: context, stride, gain, loss");
            }
            return new KeyTokens.Rule(rule.get(0).intValue(), rule.get(1).intValue(), rule.get(2), rule.get(3));
        }

        /** Whether plain perplexity is all that is wanted. */
        public boolean isNothing() {
            return reference == null && longRule == null;
        }
    }

    /**
     * What was measured.
     *
     * @param measured perplexities
     * @param divergence by length; empty without a reference
     * @param noiseFloor by length; empty when it was not asked for
     * @param longPerplexity by length, lengths left out at which the losses are not those of the longest length's forward;
     *     empty when it was not asked for
     */
    public record Result(
            PerplexityMeasurement.Result measured,
            Map<Integer, DivergenceStatistics> divergence,
            Map<Integer, DivergenceStatistics> noiseFloor,
            Map<Integer, KeyTokens.Figure> longPerplexity) {
        /** Perplexities alone. */
        public static Result plain(PerplexityMeasurement.Result measured) {
            return new Result(measured, Map.of(), Map.of(), Map.of());
        }
    }

    private DivergenceMeasurement(
            PerplexitySettings settings,
            Settings asked,
            ChosenModel model,
            ChosenScales scales,
            List<TokenizedDocument> documents) {
        this.settings = settings;
        this.asked = asked;
        this.model = model;
        this.scales = scales;
        this.documents = documents;
        lengths = settings.lengths().isEmpty()
                ? List.of(settings.longest(documents))
                : List.copyOf(new TreeSet<>(settings.lengths()));
    }

    /**
     * Reads, loads and measures; what is wrong with the documents is said before a model is loaded.
     *
     * @throws BadInput in one line, also where the reference has another vocabulary
     */
    public static Result of(
            PerplexitySettings settings, Settings asked, ChosenModel model, ChosenScales scales, TextSource texts) {
        Protocol protocol = settings.knownProtocol();
        if (protocol != Protocol.NESTED) {
            throw new BadInput(
                    "--reference and --long-ppl go with --protocol nested alone, not with " + protocol.word());
        }
        try (DocumentReader reader = new DocumentReader(model.checkpoint())) {
            List<TokenizedDocument> documents = texts.read(reader);
            Evaluator.checkLengths(protocol, documents, settings.lengths());
            return new DivergenceMeasurement(settings, asked, model, scales, documents).measure(reader);
        }
    }

    private Result measure(DocumentReader reader) {
        Divergence divergence = new Divergence(documents, lengths);
        Path path = asked.reference();
        if (path == null) {
            try (LoadedModel loaded = load(model, reader);
                    Divergence.Reading reading = read(divergence, model, loaded, scales.scales())) {
                return result(reading, Map.of(), Map.of());
            }
        }
        ChosenModel reference = reference(path, model.precision());
        try (DocumentReader theirs = new DocumentReader(reference.checkpoint());
                Divergence.Reading expected = readOnce(divergence, reference, theirs)) {
            Map<Integer, DivergenceStatistics> floor = Map.of();
            if (asked.noiseFloor()) {
                ChosenModel other = reference(path, otherPrecision());
                try (Divergence.Reading again = readOnce(divergence, other, theirs);
                        DecoderModel head = other.openHead()) {
                    floor = compared(divergence, reference, expected, head, again);
                }
            }
            try (LoadedModel loaded = load(model, reader);
                    Divergence.Reading reading = read(divergence, model, loaded, scales.scales())) {
                return result(reading, compared(divergence, reference, expected, loaded.model(), reading), floor);
            }
        }
    }

    private ChosenModel reference(Path path, Precision precision) {
        ChosenModel reference = model.reference(path, precision);
        int theirs = reference.checkpoint().config().vocabularySize();
        int ours = model.checkpoint().config().vocabularySize();
        if (theirs != ours) {
            throw new BadInput("--reference " + path + " has a vocabulary of " + theirs
                    + " tokens and the model one of " + ours + "; their distributions cannot be compared");
        }
        return reference;
    }

    private Precision otherPrecision() {
        return model.precision() == Precision.FLOAT32 ? Precision.BFLOAT16 : Precision.FLOAT32;
    }

    private LoadedModel load(ChosenModel chosen, DocumentReader reader) {
        return chosen.load(reader, settings.longest(documents), scales);
    }

    /** The reference, gone from memory when it has read. */
    private Divergence.Reading readOnce(Divergence divergence, ChosenModel chosen, DocumentReader reader) {
        try (LoadedModel loaded = chosen.load(reader, settings.longest(documents), TrialSpec.Probe.LOSSES)) {
            return read(divergence, chosen, loaded, null);
        }
    }

    private Divergence.Reading read(
            Divergence divergence, ChosenModel chosen, LoadedModel loaded, @Nullable BandScales with) {
        Divergence.Reading reading = divergence.read(
                loaded.model(), chosen.rope(), with, loaded.reading(), PassProgress.told(passes(chosen)));
        chosen.noteNonFinite(loaded.model(), reading.evaluation().tokenNll(), "losses");
        KeyTokens.Rule rule = asked.longRule();
        if (rule != null && keyTokens == null) {
            Evaluator evaluator = new Evaluator(loaded.model(), chosen.rope(), with, loaded.reading())
                    .watchedBy(PassProgress.told(0));
            keyTokens = evaluator.keyTokens(
                    documents, longest(), reading.evaluation().tokenNll(), rule);
        }
        return reading;
    }

    /** 0 where documents are read once per length. */
    private int passes(ChosenModel chosen) {
        return chosen.rope().lengthRule() == RopeScaling.LengthRule.FIXED ? documents.size() : 0;
    }

    private Map<Integer, DivergenceStatistics> compared(
            Divergence divergence,
            ChosenModel reference,
            Divergence.Reading expected,
            DecoderModel head,
            Divergence.Reading reading) {
        Map<Integer, DivergenceStatistics> statistics = new LinkedHashMap<>();
        try (DecoderModel theirHead = reference.openHead();
                HeadComparison heads = new HeadComparison(theirHead, head)) {
            Map<Integer, List<TokenDivergence>> tokens = divergence.compare(expected, reading, heads);
            tokens.forEach((length, found) -> statistics.put(length, DivergenceStatistics.of(found)));
        }
        return statistics;
    }

    private Result result(
            Divergence.Reading reading,
            Map<Integer, DivergenceStatistics> divergence,
            Map<Integer, DivergenceStatistics> floor) {
        Evaluation evaluation = reading.evaluation();
        Map<Integer, KeyTokens.Figure> figures = new LinkedHashMap<>();
        KeyTokens found = keyTokens;
        if (found != null) {
            for (int length : lengths) {
                if (length == longest() || model.rope().lengthRule() == RopeScaling.LengthRule.FIXED) {
                    figures.put(length, found.perplexity(evaluation.tokenNll(), length));
                }
            }
        }
        return new Result(
                new PerplexityMeasurement.Result(
                        Protocol.NESTED,
                        DocumentReader.refs(documents),
                        evaluation.perplexities(),
                        evaluation.tokenNll()),
                divergence,
                floor,
                figures);
    }

    private int longest() {
        return lengths.get(lengths.size() - 1);
    }
}
