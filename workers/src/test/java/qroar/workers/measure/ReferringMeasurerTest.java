package qroar.workers.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ReferenceComparison.Stretch;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.divergence.KeptStates;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.TorchDevice;
import qroar.workers.worker.Cancellation;

/** What a run measures beside a reference, held to transformers' figures in {@code golden/divergence}. */
@Tag("numeric")
class ReferringMeasurerTest {
    @TempDir
    Path cache;

    private @Nullable String cacheBefore;

    @BeforeEach
    void ownCache() {
        cacheBefore = System.getProperty("qroar.cache");
        System.setProperty("qroar.cache", cache.toString());
    }

    @AfterEach
    void cacheAsBefore() {
        if (cacheBefore == null) {
            System.clearProperty("qroar.cache");
        } else {
            System.setProperty("qroar.cache", cacheBefore);
        }
    }

    @ParameterizedTest
    @CsvSource({"unlike", "qwen2-q4_1", "llama-q8_0"})
    void divergencesOfATrialAreThoseOfTransformers(String name) {
        JsonNode golden = GoldenFiles.json(GoldenFiles.path("divergence/" + name + ".json"));
        TokenizedDocument document = document(golden);
        Stretch found = Machine.of(golden.get("reference"), golden.get("model"), document)
                .trial(null, document.ref().tokens(), QuantizationSpec.NONE, 0)
                .comparisons()
                .get(0)
                .below(1);
        double mean = golden.get("mean_kl").doubleValue();
        assertThat(found.tokens()).isEqualTo(golden.get("kl").size());
        assertThat(found.klNats() / found.tokens()).isCloseTo(mean, within(1e-5 + 1e-4 * mean));
        assertThat(found.maxKlNats())
                .isCloseTo(golden.get("max_kl").doubleValue(), within(2e-5 + 1e-4 * found.maxKlNats()));
        assertThat((double) found.sameTop() / found.tokens())
                .isCloseTo(golden.get("same_top_share").doubleValue(), within(1e-12));
        assertThat(found.deltaP() / found.tokens())
                .isCloseTo(golden.get("mean_delta_p").doubleValue(), within(1e-5));
        assertThat(Math.sqrt(found.deltaPSquares() / found.tokens()))
                .isCloseTo(golden.get("rms_delta_p").doubleValue(), within(1e-5));
        double[] rising = GoldenFiles.doubles(golden.get("kl"));
        Arrays.sort(rising);
        for (double fraction : new double[] {0.5, 0.9, 0.95, 0.99, 0.999}) {
            double exact = rising[(int) Math.ceil(fraction * rising.length) - 1];
            assertThat(found.kl().quantile(fraction))
                    .as("%s", fraction)
                    .isCloseTo(exact, within(2e-5 + 0.0102 * exact));
        }
    }

    @Test
    void perplexityOverKeyTokensIsThatOfTransformers() {
        JsonNode golden = GoldenFiles.json(GoldenFiles.path("divergence/long_ppl.json"));
        TokenizedDocument document = document(golden);
        KeyTokenRule rule = new KeyTokenRule(
                golden.get("context").intValue(),
                golden.get("stride").intValue(),
                golden.get("gain").doubleValue(),
                golden.get("loss").doubleValue());
        Found found = Machine.of(golden.get("chooser"), golden.get("judged"), document)
                .trial(rule, document.ref().tokens(), QuantizationSpec.NONE, 0);
        Stretch all = found.comparisons().get(0).below(1);
        long keys = 0;
        for (JsonNode key : golden.get("key")) {
            keys += key.booleanValue() ? 1 : 0;
        }
        double perplexity = golden.get("long_ppl").doubleValue();
        assertThat(all.keyTokens()).isEqualTo(keys);
        assertThat(Math.exp(all.keyNllNats() / all.keyTokens())).isCloseTo(perplexity, within(1e-4 * perplexity));
    }

    /** In whatever order, from whatever window, with the reference's reading kept or not: the same figures and losses. */
    @Test
    void theReferenceIsReadOnceAndNothingDependsOnHow() {
        int[] tokens = GoldenFiles.tokens("tokens/tokens_a.json");
        TokenizedDocument a = TokenizedDocument.of("a", Arrays.copyOf(tokens, 300));
        TokenizedDocument b = TokenizedDocument.of("b", Arrays.copyOfRange(tokens, 300, 420));
        QuantizationSpec rtn = QuantizationText.parse("rtn:bits=3,group=32");
        Machine machine = Machine.of("checkpoints/tiny-llama", "checkpoints/tiny-llama", a, b);
        KeyTokenRule rule = new KeyTokenRule(32, 16, 0.05, 7);
        Found first = machine.trial(rule, 200, rtn, 0);
        assertThat(first.comparisons())
                .extracting(ReferenceComparison::document)
                .containsExactly(0, 1);
        assertThat(first.comparisons().get(0).stretches())
                .extracting(Stretch::tokens)
                .containsExactly(63L, 136L);
        assertThat(first.comparisons().get(1).stretches())
                .extracting(Stretch::tokens)
                .containsExactly(63L, 56L);
        assertThat(first.comparisons().get(0).below(1).klNats()).isPositive();
        assertThat(first.comparisons().get(0).below(1).keyTokens()).isPositive();
        Found again = machine.trial(rule, 200, rtn, 0);
        assertThat(again.comparisons()).isEqualTo(first.comparisons());
        assertThat(first.forwardTokens())
                .as("the reference's two passes, and its forwards over the short context")
                .isEqualTo(2 * (200 + 120) + rule.nearbyTokens(200) + rule.nearbyTokens(120));
        assertThat(again.forwardTokens()).isEqualTo(200 + 120);
        assertThat(machine.layered().trial(rule, 200, rtn, 0).comparisons()).isEqualTo(first.comparisons());
        int second = machine.spec(rule, 200, rtn).plan().firstWindow(1);
        assertThat(machine.trial(rule, 200, rtn, second).comparisons())
                .isEqualTo(first.comparisons().subList(1, 2));
        assertThat(first.losses()).isEqualTo(machine.plain(200, rtn));

        Found itself = machine.trial(rule, 200, QuantizationSpec.NONE, 0);
        Stretch none = itself.comparisons().get(0).below(1);
        assertThat(none.klNats()).isZero();
        assertThat(none.sameTop()).isEqualTo(199);
        assertThat(none.keyTokens())
                .isEqualTo(first.comparisons().get(0).below(1).keyTokens());
    }

    private record Found(List<ReferenceComparison> comparisons, List<WindowLoss> losses, long forwardTokens) {}

    private static TokenizedDocument document(JsonNode golden) {
        return TokenizedDocument.of(
                "golden",
                Arrays.copyOf(
                        GoldenFiles.tokens(golden.get("tokens_file").textValue()),
                        golden.get("tokens").intValue()));
    }

    /** One that has two checkpoints and some documents. */
    private record Machine(LocalCatalog catalog, List<DocumentRef> documents, String model, ReadingPlan reading) {
        private static final String REFERENCE = "a".repeat(64);

        static Machine of(JsonNode reference, JsonNode model, TokenizedDocument document) {
            return of(reference.textValue(), model.textValue(), document);
        }

        static Machine of(String reference, String model, TokenizedDocument... documents) {
            String digest = reference.equals(model) ? REFERENCE : "b".repeat(64);
            return new Machine(
                    new LocalCatalog(
                            reference.equals(model)
                                    ? Map.of(digest, Checkpoint.open(GoldenFiles.path(model)))
                                    : Map.of(
                                            REFERENCE,
                                            Checkpoint.open(GoldenFiles.path(reference)),
                                            digest,
                                            Checkpoint.open(GoldenFiles.path(model))),
                            Arrays.stream(documents)
                                    .collect(Collectors.toMap(each -> each.ref().digest(), each -> each))),
                    Arrays.stream(documents).map(TokenizedDocument::ref).toList(),
                    digest,
                    ReadingPlan.BY_DOCUMENT);
        }

        Machine layered() {
            return new Machine(catalog, documents, model, ReadingPlan.of(ReadingPlan.Order.LAYER));
        }

        TrialSpec spec(@Nullable KeyTokenRule rule, int longest, QuantizationSpec quantization) {
            return plainSpec(longest, quantization)
                    .comparedWith(new Reference(REFERENCE, Precision.FLOAT32, new NoScaling(), rule));
        }

        private TrialSpec plainSpec(int longest, QuantizationSpec quantization) {
            int pairs = catalog.checkpoint(model).config().geometry().pairCount();
            return new TrialSpec(
                    model,
                    quantization,
                    Calibration.NONE,
                    new NoScaling(),
                    BandScales.identity(BandPartition.logSpaced(pairs, 2), ScaleMode.SHARED),
                    new EvaluationPlan(documents, List.of(64, longest), 32),
                    TrialSpec.Probe.LOSSES);
        }

        Found trial(@Nullable KeyTokenRule rule, int longest, QuantizationSpec quantization, int firstWindow) {
            return measured(spec(rule, longest, quantization), firstWindow);
        }

        List<WindowLoss> plain(int longest, QuantizationSpec quantization) {
            return measured(plainSpec(longest, quantization), 0).losses();
        }

        private Found measured(TrialSpec spec, int firstWindow) {
            List<ReferenceComparison> comparisons = new ArrayList<>();
            List<WindowLoss> losses = new ArrayList<>();
            long tokens = 0;
            try (ModelShelf<DecoderModel> shelf = new ModelShelf<>(
                            key -> DecoderModel.load(
                                    catalog.checkpoint(key.checkpointDigest()), TorchDevice.CPU, key.quantization()),
                            key -> 1L,
                            1L << 30);
                    ReferringMeasurer.Cursor cursor = new ReferringMeasurer(
                                    new LocalMeasurer(catalog, shelf, reading), KeptStates.inCache())
                            .open(spec, firstWindow, new Cancellation())) {
                for (Measurement next = cursor.next(); next != null; next = cursor.next()) {
                    if (next instanceof ReferenceComparison comparison) {
                        comparisons.add(comparison);
                    } else if (next instanceof WindowLoss loss) {
                        losses.add(loss);
                    } else if (next instanceof TrialCost cost) {
                        tokens = cost.forwardTokens();
                    }
                }
            }
            return new Found(comparisons, losses, tokens);
        }
    }
}
