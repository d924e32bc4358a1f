package qroar.workers.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.memory.MemoryGate;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.memory.MemoryPlan.Passes;
import qroar.workers.memory.MemoryPlan.Wish;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.placement.Placement;
import qroar.workers.placement.ReadingPlan.Order;
import qroar.workers.placement.Residence;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.NoRoom;
import qroar.workers.worker.NotHere;
import qroar.workers.worker.TrialMeasurer.Cursor;

class ConsiderateMeasurerTest {
    private static final String DIGEST = "c0ffee";
    private static final long TOTAL = 1L << 40;
    private static final long THRESHOLD = 1L << 30;
    private static final int[] TOKENS = GoldenFiles.tokens("tokens/tokens_b.json");

    private final Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
    private final List<TokenizedDocument> documents =
            List.of(TokenizedDocument.of("first", TOKENS), TokenizedDocument.of("second", TOKENS));
    private final TrialSpec spec = new TrialSpec(
            DIGEST,
            QuantizationSpec.NONE,
            Calibration.NONE,
            new NoScaling(),
            BandScales.identity(
                    BandPartition.logSpaced(checkpoint.config().geometry().pairCount(), 2), ScaleMode.SHARED),
            new EvaluationPlan(documents.stream().map(TokenizedDocument::ref).toList(), List.of(TOKENS.length), 64),
            TrialSpec.Probe.LOSSES);
    private int loads;
    private final ModelShelf<DecoderModel> shelf = new ModelShelf<>(
            key -> {
                loads++;
                return DecoderModel.load(
                        checkpoint, TorchDevice.CPU, key.quantization(), Residence.of(key.placement()));
            },
            key -> 1L,
            1L << 30);
    private long others;

    private ConsiderateMeasurer measurer(long total) {
        return measurer(total, Wish.AUTO);
    }

    private ConsiderateMeasurer measurer(long total, Wish wish) {
        DeviceMemory memory = () -> new DeviceMemory.Reading(total, total - others, others);
        MemoryGate.Holdings holdings = new MemoryGate.Holdings() {
            @Override
            public long modelBytes() {
                return shelf.heldBytes();
            }

            @Override
            public void releaseIdle() {
                shelf.releaseIdle();
            }
        };
        MemoryGate.Limits limits = new MemoryGate.Limits(Long.MAX_VALUE, THRESHOLD, Duration.ZERO);
        long[] nanos = {0};
        MemoryGate.Clock clock = new MemoryGate.Clock() {
            @Override
            public long nanos() {
                return nanos[0] += 10_000_000_000L;
            }

            @Override
            public void pause(long pauseNanos) {
                nanos[0] += pauseNanos;
            }
        };
        MemoryGate gate = new MemoryGate("cpu", memory, limits, holdings, clock);
        return new ConsiderateMeasurer(
                LocalCatalog.of(DIGEST, checkpoint, documents),
                shelf,
                gate,
                new MemoryChoice(TorchDevice.CPU, gate, wish, 1),
                DocumentPass::open);
    }

    private Passes passes() {
        return Passes.of(spec.plan(), spec.probe(), spec.precision(), TorchDevice.CPU, 1);
    }

    private static List<Measurement> rest(Cursor cursor) {
        List<Measurement> rest = new ArrayList<>();
        for (Measurement next = cursor.next(); next != null; next = cursor.next()) {
            rest.add(next);
        }
        return rest;
    }

    @Test
    void aTrialGivesWayAfterItsDocumentAndGoesOnLaterWithTheSameLosses() {
        ConsiderateMeasurer measurer = measurer(TOTAL);
        List<Measurement> undisturbed;
        try (Cursor cursor = measurer.open(spec, 0, new Cancellation())) {
            undisturbed = rest(cursor);
        }
        int perDocument = spec.plan().windows().size() / 2;
        List<Measurement> measured = new ArrayList<>();
        Cursor interrupted = measurer.open(spec, 0, new Cancellation());
        measured.add(interrupted.next());
        others = 2 * THRESHOLD;
        while (measured.size() < perDocument) {
            measured.add(interrupted.next());
        }
        assertThatThrownBy(interrupted::next).isInstanceOf(NoRoom.class).hasMessageContaining("--yield-above");
        assertThat(shelf.heldBytes()).isEqualTo(1);
        interrupted.close();
        assertThat(shelf.heldBytes()).as("models that stay behind").isZero();
        assertThatThrownBy(() -> measurer.open(spec, perDocument, new Cancellation()))
                .isInstanceOf(NoRoom.class);

        others = 0;
        try (Cursor again = measurer.open(spec, perDocument, new Cancellation())) {
            measured.addAll(rest(again));
        }
        assertThat(windows(measured)).isEqualTo(windows(undisturbed));
        shelf.close();
    }

    private static List<WindowLoss> windows(List<Measurement> measurements) {
        return measurements.stream()
                .filter(WindowLoss.class::isInstance)
                .map(WindowLoss.class::cast)
                .toList();
    }

    @Test
    void whatDoesNotFitGoesLayerByLayerOrFromItsFilesWithTheSameLosses() {
        List<Measurement> roomy;
        try (Cursor cursor = measurer(TOTAL).open(spec, 0, new Cancellation())) {
            roomy = rest(cursor);
        }
        assertThat(shelf.holds(ModelKey.of(spec, Placement.WIDENED))).isTrue();
        for (Placement placement : Placement.values()) {
            MemoryPlan least = MemoryPlan.choose(checkpoint, passes(), new Wish(placement, Order.LAYER), 0);
            shelf.releaseIdle();
            Wish wish = new Wish(placement, null);
            try (Cursor cursor = measurer(least.need().total(), wish).open(spec, 0, new Cancellation())) {
                assertThat(shelf.holds(ModelKey.of(spec, placement))).isTrue();
                assertThat(windows(rest(cursor))).as("%s", placement).isEqualTo(windows(roomy));
            }
        }
        shelf.close();
    }

    @Test
    void aDeviceThatIsTooSmallWhateverIsDoneIsSaidBeforeAnythingIsLoaded() {
        long least =
                MemoryPlan.choose(checkpoint, passes(), Wish.AUTO, 0).need().total();
        assertThatThrownBy(() -> measurer(least - 1).open(spec, 0, new Cancellation()))
                .isInstanceOf(NotHere.class)
                .hasMessageContaining("keys and values");
        assertThat(loads).isZero();
        measurer(least).open(spec, 0, new Cancellation()).close();
        assertThat(loads).isEqualTo(1);
        shelf.close();
    }

    @Test
    void theNeedFollowsTheShapes() {
        MemoryNeed need = MemoryNeed.of(checkpoint, spec, TorchDevice.CPU);
        assertThat(need.weights()).isEqualTo(4 * checkpoint.parameterCount());
        int perToken = checkpoint.config().keyValueHeadCount()
                * checkpoint.config().headDim()
                * checkpoint.config().layerCount();
        assertThat(need.cache()).isEqualTo(2L * 4 * perToken * TOKENS.length);
        assertThat(need.withLoadedModel().total()).isEqualTo(need.total() - need.weights());
        MemoryNeed gradient = MemoryNeed.of(
                checkpoint, spec.plan(), TrialSpec.Probe.LOSSES_AND_GRADIENT, Arithmetic.FLOAT32, TorchDevice.CPU);
        assertThat(gradient.block()).isGreaterThan(need.block());
    }
}
