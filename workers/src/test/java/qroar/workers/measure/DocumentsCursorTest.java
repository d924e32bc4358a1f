package qroar.workers.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.LayerwisePass;
import qroar.workers.model.PassPlan;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.DeviceOutOfMemory;
import qroar.workers.torch.TorchDevice;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.NotHere;

class DocumentsCursorTest {
    private static final String DIGEST = "c0ffee";
    private static final int[] TOKENS = GoldenFiles.tokens("tokens/tokens_b.json");
    private final Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
    private final TokenizedDocument first = TokenizedDocument.of("first", TOKENS);
    private final TokenizedDocument second =
            TokenizedDocument.of("second", java.util.Arrays.copyOf(TOKENS, TOKENS.length - 3));
    private final TrialSpec spec = new TrialSpec(
            DIGEST,
            QuantizationSpec.NONE,
            Calibration.NONE,
            YarnScaling.of(4, 256),
            new BandScales(
                    BandPartition.logSpaced(checkpoint.config().geometry().pairCount(), 2),
                    ScaleMode.SHARED,
                    new double[] {1.1, 0.9}),
            new EvaluationPlan(List.of(first.ref(), second.ref()), List.of(256, TOKENS.length), 64),
            TrialSpec.Probe.LOSSES_AND_ACTIVATIONS);

    private ModelShelf<DecoderModel> shelf() {
        return new ModelShelf<>(
                key -> DecoderModel.load(checkpoint, TorchDevice.CPU, key.quantization()), key -> 1L, 1L << 30);
    }

    private List<Measurement> all(int firstWindow, PassOpening opening) {
        return all(firstWindow, opening, ReadingPlan.BY_DOCUMENT);
    }

    private List<Measurement> all(int firstWindow, PassOpening opening, ReadingPlan reading) {
        return all(firstWindow, new Cancellation(), opening, reading);
    }

    private List<Measurement> all(
            int firstWindow, Cancellation cancellation, PassOpening opening, ReadingPlan reading) {
        LocalCatalog catalog = LocalCatalog.of(DIGEST, checkpoint, List.of(first, second));
        List<Measurement> measurements = new ArrayList<>();
        try (ModelShelf<DecoderModel> shelf = shelf();
                DocumentsCursor cursor = new DocumentsCursor(
                        catalog,
                        shelf.lend(ModelKey.of(spec)),
                        spec,
                        firstWindow,
                        cancellation,
                        opening,
                        reading,
                        null)) {
            for (Measurement next = cursor.next(); next != null; next = cursor.next()) {
                measurements.add(next);
            }
        }
        return measurements;
    }

    /** A device that has no room for chunks above a size once it has answered some blocks. */
    private static PassOpening roomFor(int chunkTokens, int blocksBefore) {
        AtomicInteger blocks = new AtomicInteger();
        return (model, plan, cancelled) -> DocumentPass.open(model, plan, () -> {
            if (plan.chunkTokens() > chunkTokens && blocks.incrementAndGet() > blocksBefore) {
                throw new DeviceOutOfMemory("no memory for block", new IllegalStateException("out of memory"));
            }
            return cancelled.getAsBoolean();
        });
    }

    private static List<WindowLoss> windows(List<Measurement> measurements) {
        return measurements.stream()
                .filter(WindowLoss.class::isInstance)
                .map(WindowLoss.class::cast)
                .toList();
    }

    @Test
    void curtailedReadingEndsBeforeTheDocumentThatAnotherReadsAndTheTwoMakeUpTheWhole() {
        int cut = (int) spec.plan().windows().stream()
                .filter(window -> window.document() == 0)
                .count();
        for (ReadingPlan reading : List.of(ReadingPlan.BY_DOCUMENT, ReadingPlan.BY_LAYER)) {
            List<Measurement> whole = all(0, DocumentPass::open, reading);
            Cancellation curtailed = new Cancellation();
            curtailed.curtail(cut);
            curtailed.curtail(cut + 1);
            List<Measurement> head = all(0, curtailed, DocumentPass::open, reading);
            List<Measurement> tail = all(cut, DocumentPass::open, reading);

            List<Measurement> both = new ArrayList<>(head.subList(1, head.size() - 1));
            both.addAll(tail.subList(1, tail.size() - 1));
            assertThat(both).isEqualTo(whole.subList(1, whole.size() - 1));
            assertThat(forwardTokens(head)).isEqualTo(spec.plan().positions(0));
            assertThat(forwardTokens(head) + forwardTokens(tail)).isEqualTo(forwardTokens(whole));
        }
    }

    @Test
    void aDocumentThatIsTakenAwayWhileItIsReadIsGivenUpAtTheNextChunk() {
        Cancellation cancellation = new Cancellation();
        PassOpening inSmallChunks = roomFor(64, 0);
        PassOpening opening = (model, plan, cancelled) -> {
            if (plan.chunkTokens() <= 64) {
                cancellation.curtail(0);
            }
            return inSmallChunks.open(model, plan, cancelled);
        };
        List<Measurement> measured = all(0, cancellation, opening, ReadingPlan.BY_DOCUMENT);

        assertThat(forwardTokens(measured)).isEqualTo(64);
        assertThat(measured.get(measured.size() - 1)).isInstanceOf(TrialCost.class);
    }

    private static long forwardTokens(List<Measurement> measured) {
        return ((TrialCost) measured.get(measured.size() - 1)).forwardTokens();
    }

    @Test
    @Tag("numeric")
    void smallerChunksGoOnWhereMemoryRanOutAndSendEachWindowOnce() {
        List<Measurement> roomy = all(0, DocumentPass::open);
        int layers = checkpoint.config().layerCount();
        for (int blocks : new int[] {0, 1, layers, 3 * layers}) {
            List<Measurement> tight = all(0, roomFor(64, blocks));
            List<WindowLoss> expected = windows(roomy);
            List<WindowLoss> got = windows(tight);
            assertThat(got).hasSameSizeAs(expected);
            for (int i = 0; i < got.size(); i++) {
                assertThat(got.get(i).index()).isEqualTo(i);
                assertThat(got.get(i).nllNats())
                        .isCloseTo(
                                expected.get(i).nllNats(),
                                within(1e-4 * expected.get(i).tokens()));
            }
            assertThat(tight.stream().filter(LayerActivations.class::isInstance))
                    .hasSize(2 * layers);
            assertThat(tight.get(tight.size() - 1)).isInstanceOf(TrialCost.class);
        }
    }

    @Test
    void attemptFailsWithFiguresWhereTheSmallestChunkDoesNotFit() {
        assertThatThrownBy(() -> all(0, roomFor(8, 0)))
                .isInstanceOf(DeviceOutOfMemory.class)
                .hasMessageContaining("position 0 of " + TOKENS.length + " of document 'first'")
                .hasMessageContaining("chunks of 16 tokens, the smallest");
    }

    @Test
    @Tag("numeric")
    void resumedTrialSendsTheRestBitForBit() {
        List<WindowLoss> whole = windows(all(0, DocumentPass::open));
        for (int from : new int[] {1, whole.size() / 2, whole.size() - 1}) {
            assertThat(windows(all(from, DocumentPass::open))).isEqualTo(whole.subList(from, whole.size()));
        }
    }

    /** One document after the other, and both together; taken up again at any window. */
    @Test
    @Tag("numeric")
    void layerOrderSendsWhatDocumentOrderSendsBitForBit() {
        List<Measurement> whole = withoutCost(all(0, DocumentPass::open));
        for (int groupTokens : new int[] {1, 2 * TOKENS.length}) {
            ReadingPlan byLayer = new ReadingPlan(ReadingPlan.Order.LAYER, groupTokens);
            assertThat(withoutCost(all(0, DocumentPass::open, byLayer))).isEqualTo(whole);
            List<WindowLoss> windows = windows(whole);
            for (int from : new int[] {1, windows.size() / 2, windows.size() - 1}) {
                assertThat(windows(all(from, DocumentPass::open, byLayer)))
                        .isEqualTo(windows.subList(from, windows.size()));
            }
        }
    }

    @Test
    @Tag("numeric")
    void groupThatFindsNoMemoryIsReadAgainInSmallerChunks() {
        List<WindowLoss> expected = windows(all(0, DocumentPass::open));
        PassOpening tight = new PassOpening() {
            @Override
            public DocumentPass open(DecoderModel model, PassPlan plan, BooleanSupplier cancelled) {
                throw new AssertionError("not in layer order");
            }

            @Override
            public List<LayerwisePass.Reading> read(
                    DecoderModel model, List<LayerwisePass.Text> texts, BooleanSupplier cancelled) {
                if (texts.get(0).plan().chunkTokens() > 128) {
                    throw new DeviceOutOfMemory("no memory for block", new IllegalStateException("out of memory"));
                }
                return LayerwisePass.read(model, texts, cancelled);
            }
        };
        List<WindowLoss> got = windows(all(0, tight, ReadingPlan.BY_LAYER));
        assertThat(got).hasSameSizeAs(expected);
        for (int i = 0; i < got.size(); i++) {
            assertThat(got.get(i).nllNats())
                    .isCloseTo(
                            expected.get(i).nllNats(),
                            within(1e-4 * expected.get(i).tokens()));
        }
    }

    private static List<Measurement> withoutCost(List<Measurement> measurements) {
        return measurements.stream()
                .filter(measurement -> !(measurement instanceof TrialCost))
                .toList();
    }

    @Test
    void machineWithoutADocumentSaysSoBeforeItLoadsAModel() {
        AtomicInteger loads = new AtomicInteger();
        ModelShelf<DecoderModel> shelf = new ModelShelf<>(
                key -> {
                    loads.incrementAndGet();
                    return DecoderModel.load(checkpoint, TorchDevice.CPU, key.quantization());
                },
                key -> 1L,
                1);
        LocalMeasurer measurer = new LocalMeasurer(LocalCatalog.of(DIGEST, checkpoint, List.of(first)), shelf);
        assertThatThrownBy(() -> measurer.open(spec, 0, new Cancellation()))
                .isInstanceOf(NotHere.class)
                .hasMessageContaining(
                        "no document 'second' with digest " + second.ref().digest());
        assertThat(loads).hasValue(0);
    }

    /** Two questions and a text between them; answers end within and at the end of a chunk. */
    @Test
    @Tag("numeric")
    void anAnswerHasTheLossesOfOneForwardOverItsPromptInBothOrders() {
        TokenizedDocument question = TokenizedDocument.of("question", Arrays.copyOf(TOKENS, 211));
        EvaluationPlan plan = EvaluationPlan.withAnswers(
                List.of(question.ref(), second.ref(), first.ref()),
                List.of(205, 1, TOKENS.length - 3),
                List.of(256),
                64);
        TrialSpec asked = new TrialSpec(
                DIGEST,
                spec.quantization(),
                spec.calibration(),
                spec.rope(),
                spec.scales(),
                plan,
                TrialSpec.Probe.LOSSES);
        List<List<WindowLoss>> read = new ArrayList<>();
        for (ReadingPlan reading : List.of(ReadingPlan.BY_DOCUMENT, ReadingPlan.BY_LAYER)) {
            for (int from : List.of(0, plan.firstWindow(2))) {
                read.add(windowsOf(asked, from, reading, DocumentPass::open, List.of(question, first, second)));
            }
        }
        List<WindowLoss> whole = read.get(0);
        assertThat(whole).hasSize(plan.windows().size());
        assertThat(read.get(2)).isEqualTo(whole);
        assertThat(read.get(1)).isEqualTo(whole.subList(whole.size() - 1, whole.size()));
        assertThat(read.get(3)).isEqualTo(read.get(1));
        // In chunks so small that those before an answer hold nothing that is scored.
        List<WindowLoss> inSmallChunks =
                windowsOf(asked, 0, ReadingPlan.BY_DOCUMENT, roomFor(64, 0), List.of(question, first, second));
        for (int w = 0; w < whole.size(); w++) {
            assertThat(inSmallChunks.get(w).nllNats())
                    .isCloseTo(
                            whole.get(w).nllNats(), within(1e-4 * whole.get(w).tokens()));
        }
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec.quantization())) {
            assertThat(whole.get(0).nllNats()).isCloseTo(sum(model, question.tokens(), 205), within(1e-3));
            assertThat(whole.get(whole.size() - 1).nllNats())
                    .isCloseTo(sum(model, TOKENS, TOKENS.length - 3), within(1e-3));
        }
    }

    /** Losses of the tokens from a position on, of one forward over all of them. */
    private double sum(DecoderModel model, int[] tokens, int from) {
        double[] nll = model.tokenNll(tokens, spec.rope(), spec.scales());
        double sum = 0;
        for (int i = from - 1; i < nll.length; i++) {
            sum += nll[i];
        }
        return sum;
    }

    private List<WindowLoss> windowsOf(
            TrialSpec asked,
            int firstWindow,
            ReadingPlan reading,
            PassOpening opening,
            List<TokenizedDocument> documents) {
        List<Measurement> measurements = new ArrayList<>();
        try (ModelShelf<DecoderModel> shelf = shelf();
                DocumentsCursor cursor = new DocumentsCursor(
                        LocalCatalog.of(DIGEST, checkpoint, documents),
                        shelf.lend(ModelKey.of(asked)),
                        asked,
                        firstWindow,
                        new Cancellation(),
                        opening,
                        reading,
                        null)) {
            for (Measurement next = cursor.next(); next != null; next = cursor.next()) {
                measurements.add(next);
            }
        }
        assertThat(forwardTokens(measurements))
                .isEqualTo(asked.plan()
                        .forwardTokens(firstWindow, asked.plan().windows().size()));
        return windows(measurements);
    }
}
