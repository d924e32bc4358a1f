package qroar.workers.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.items.ContinuationScore;
import qroar.workers.items.ItemReader;
import qroar.workers.items.ScoredItem;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.torch.DeviceOutOfMemory;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.NotHere;

class ItemsCursorTest {
    private static final String DIGEST = "c0ffee";
    private static final int[] TOKENS = GoldenFiles.tokens("tokens/tokens_b.json");
    private final Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");

    private static int[] tokens(int from, int to) {
        return Arrays.copyOfRange(TOKENS, from, to);
    }

    /** Choices after one context, choices that share their beginning, contexts that differ, and a haystack with one answer. */
    private final List<ScoredItem> items = List.of(
            ScoredItem.of(tokens(0, 20), List.of(tokens(20, 23), tokens(40, 47), tokens(90, 91))),
            ScoredItem.of(tokens(5, 30), List.of(tokens(30, 36), concat(tokens(30, 34), tokens(70, 73)))),
            ScoredItem.of(List.of(
                    new ScoredItem.Prompt(tokens(0, 30), 12),
                    new ScoredItem.Prompt(concat(tokens(3, 9), tokens(12, 30)), 6))),
            ScoredItem.of(tokens(0, TOKENS.length - 4), List.of(tokens(TOKENS.length - 4, TOKENS.length))));

    private static int[] concat(int[] a, int[] b) {
        return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }

    private TrialSpec spec(String rope, int windowTokens) {
        return new TrialSpec(
                DIGEST,
                QuantizationText.parse("none"),
                Calibration.NONE,
                RopeScalingSpec.parse(rope),
                new BandScales(
                        BandPartition.logSpaced(checkpoint.config().geometry().pairCount(), 2),
                        ScaleMode.SHARED,
                        new double[] {1.1, 0.9}),
                EvaluationPlan.ofItems(items.stream().map(ScoredItem::ref).toList(), windowTokens),
                TrialSpec.Probe.LOSSES);
    }

    private List<Measurement> all(TrialSpec spec, int firstWindow, Cancellation cancellation, PassOpening opening) {
        LocalCatalog catalog = new LocalCatalog(
                Map.of(DIGEST, checkpoint),
                Map.of(),
                items.stream().collect(Collectors.toMap(item -> item.ref().digest(), item -> item)));
        List<Measurement> measurements = new ArrayList<>();
        try (ModelShelf<DecoderModel> shelf = new ModelShelf<>(
                        key -> DecoderModel.load(checkpoint, TorchDevice.CPU, key.quantization()),
                        key -> 1L,
                        1L << 30);
                ItemsCursor cursor = new ItemsCursor(
                        catalog, shelf.lend(ModelKey.of(spec)), spec, firstWindow, cancellation, opening)) {
            for (Measurement next = cursor.next(); next != null; next = cursor.next()) {
                measurements.add(next);
            }
        }
        return measurements;
    }

    private List<WindowLoss> windows(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        return all(spec, firstWindow, cancellation, DocumentPass::open).stream()
                .filter(WindowLoss.class::isInstance)
                .map(WindowLoss.class::cast)
                .toList();
    }

    @ParameterizedTest
    @Tag("numeric")
    @ValueSource(strings = {"none", "yarn:factor=4,original=64", "dynamic:factor=2"})
    void everyContinuationHasTheLossesOfOneForward(String rope) {
        TrialSpec byToken = spec(rope, 1);
        List<WindowLoss> found = windows(byToken, 0, new Cancellation());
        List<WindowLoss> sums = windows(spec(rope, EvaluationPlan.WHOLE), 0, new Cancellation());
        int at = 0;
        int sum = 0;
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, byToken.quantization())) {
            for (ScoredItem item : items) {
                for (ScoredItem.Prompt prompt : item.prompts()) {
                    double[] whole = model.tokenNll(
                            concat(prompt.context(), prompt.continuation()), byToken.rope(), byToken.scales());
                    double total = 0;
                    for (int i = prompt.contextTokens() - 1; i < whole.length; i++) {
                        assertThat(found.get(at).tokens()).isOne();
                        assertThat(found.get(at).nllNats()).isCloseTo(whole[i], within(1e-4));
                        total += found.get(at++).nllNats();
                    }
                    assertThat(sums.get(sum).nllNats()).isEqualTo(total);
                    assertThat(sums.get(sum).tokens()).isEqualTo(prompt.length() - prompt.contextTokens());
                    // How many were not the likeliest, and no token of its own.
                    assertThat(found.get(at).tokens()).isZero();
                    assertThat(sums.get(sum + 1).nllNats())
                            .isEqualTo(found.get(at++).nllNats());
                    sum += 2;
                }
            }
        }
        assertThat(found).hasSize(at);
        assertThat(sums).hasSize(sum);
    }

    /** Of all tokens that may follow, those of the least loss are the likeliest, and no other. */
    @Test
    @Tag("numeric")
    void aGreedyReaderWritesTheTokenOfTheLeastLoss() {
        TrialSpec spec = spec("none", 1);
        int vocabulary = checkpoint.config().vocabularySize();
        ScoredItem every = ScoredItem.of(
                tokens(0, 20),
                IntStream.range(0, vocabulary)
                        .mapToObj(token -> new int[] {token})
                        .toList());
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec.quantization())) {
            ItemReader reader = ItemReader.of(model, spec.rope(), spec.scales());
            List<ContinuationScore> scores = reader.read(every);
            ContinuationScore best = scores.stream()
                    .min(Comparator.comparingDouble(score -> score.nllNats(0, 1)))
                    .orElseThrow();
            assertThat(best.isExactMatch()).isTrue();
            scores.forEach(
                    score -> assertThat(score.isExactMatch()).isEqualTo(score.nllNats(0, 1) == best.nllNats(0, 1)));
            int token = scores.indexOf(best);
            ScoredItem two = ScoredItem.of(tokens(0, 20), List.of(new int[] {token, (token + 1) % vocabulary}));
            assertThat(reader.read(two).get(0).likeliest()[0]).isTrue();
            assertThat(reader.read(two).get(0).misses()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aPortionIsThePartOfTheWholeThatItCovers() {
        TrialSpec spec = spec("none", 2);
        List<WindowLoss> whole = windows(spec, 0, new Cancellation());
        for (int first = 0; first < whole.size(); first++) {
            assertThat(windows(spec, first, new Cancellation())).isEqualTo(whole.subList(first, whole.size()));
        }
        List<WindowSpan> spans = spec.plan().windows();
        int thirdItem = spec.plan().firstWindow(2);
        Cancellation curtailed = new Cancellation();
        curtailed.curtail(thirdItem);
        List<Measurement> two = all(spec, 0, curtailed, DocumentPass::open);
        assertThat(two.stream().filter(WindowLoss.class::isInstance).toList()).isEqualTo(whole.subList(0, thirdItem));
        assertThat(((TrialCost) two.get(two.size() - 1)).forwardTokens())
                .isEqualTo(spec.plan().forwardTokens(0, thirdItem));
        assertThat(spans.get(thirdItem).document()).isEqualTo(2);
    }

    @Test
    @Tag("numeric")
    void anItemThatMeetsAFullDeviceIsReadInSmallerChunks() {
        long before = TorchValue.live();
        TrialSpec spec = spec("none", 2);
        AtomicInteger refused = new AtomicInteger();
        List<Measurement> small = all(spec, 0, new Cancellation(), (model, plan, cancelled) -> {
            if (plan.chunkTokens() > 128 && plan.positions() > 256) {
                refused.incrementAndGet();
                throw new DeviceOutOfMemory("no memory for cache", new IllegalStateException("out of memory"));
            }
            return DocumentPass.open(model, plan, cancelled);
        });
        List<WindowLoss> whole = windows(spec, 0, new Cancellation());
        List<Measurement> losses =
                small.stream().filter(WindowLoss.class::isInstance).toList();
        assertThat(refused).hasValue(2);
        assertThat(losses).hasSameSizeAs(whole);
        for (int i = 0; i < whole.size(); i++) {
            WindowLoss loss = (WindowLoss) losses.get(i);
            assertThat(loss.index()).isEqualTo(i);
            assertThat(loss.nllNats()).isCloseTo(whole.get(i).nllNats(), within(1e-3));
        }
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    @Test
    void aMachineWithoutTheItemsSaysWhereTheyComeFrom() {
        TrialSpec spec = spec("none", 2);
        LocalCatalog catalog = LocalCatalog.of(DIGEST, checkpoint, List.of());
        assertThatThrownBy(() -> catalog.requireAll(spec))
                .isInstanceOf(NotHere.class)
                .hasMessageContaining("no task item")
                .hasMessageContaining("--experiment");
    }
}
