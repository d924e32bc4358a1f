package qroar.protocol.wire;

import java.util.List;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement.Exertion;
import qroar.protocol.trial.Measurement.Loading;
import qroar.protocol.trial.Measurement.Progress;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.WindowLoss;

/** Fields of measurements, in the order of their records. */
final class MeasurementWire {
    /** Zero, overflow, first index, number of buckets. */
    private static final int HISTOGRAM_BYTES = 4;

    /** Three counts, five numbers and a histogram. */
    private static final int STRETCH_BYTES = 3 + 5 * Double.BYTES + HISTOGRAM_BYTES;

    private static final int MAX_BUCKETS = LogHistogram.DENSE_BUCKETS - 2;

    private MeasurementWire() {}

    static void write(WireOutput out, WindowLoss loss) {
        out.writeVarInt(loss.index(), true);
        out.writeVarInt(loss.tokens(), true);
        out.writeDouble(loss.nllNats());
    }

    static WindowLoss windowLoss(WireInput in) {
        return new WindowLoss(in.readVarInt(true), in.readVarInt(true), in.readDouble());
    }

    static void write(WireOutput out, Progress progress) {
        out.writeVarLong(progress.blocks(), true);
    }

    static Progress progress(WireInput in) {
        return new Progress(in.readVarLong(true));
    }

    static void write(WireOutput out, Exertion exertion) {
        out.writeVarLong(exertion.blocks() + 1, true);
        out.writeVarLong(exertion.idleNanos(), true);
        out.writeVarLong(exertion.busyNanos(), true);
    }

    static Exertion exertion(WireInput in) {
        return new Exertion(in.readVarLong(true) - 1, in.readVarLong(true), in.readVarLong(true));
    }

    static void write(WireOutput out, Loading loading) {
        out.writeVarLong(loading.steps(), true);
        out.writeVarLong(loading.idleNanos(), true);
        out.writeVarLong(loading.busyNanos(), true);
    }

    static Loading loading(WireInput in) {
        return new Loading(in.readVarLong(true), in.readVarLong(true), in.readVarLong(true));
    }

    static void write(WireOutput out, ModelLoaded loaded) {
        out.choice(loaded.weights());
    }

    static ModelLoaded modelLoaded(WireInput in) {
        return new ModelLoaded(in.choice(ModelLoaded.Weights.class));
    }

    static void write(WireOutput out, TrialCost cost) {
        out.writeVarLong(cost.forwardTokens(), true);
        out.writeVarLong(cost.computeNanos(), true);
    }

    static TrialCost trialCost(WireInput in) {
        return new TrialCost(in.readVarLong(true), in.readVarLong(true));
    }

    static void write(WireOutput out, LayerActivations activations) {
        out.writeVarInt(activations.document(), true);
        out.writeVarInt(activations.layer(), true);
        write(out, activations.queryBefore());
        write(out, activations.keyBefore());
        write(out, activations.queryAfter());
        write(out, activations.keyAfter());
    }

    static LayerActivations layerActivations(WireInput in) {
        return new LayerActivations(
                in.readVarInt(true),
                in.readVarInt(true),
                histograms(in),
                histograms(in),
                histograms(in),
                histograms(in));
    }

    static void write(WireOutput out, ScaleGradient gradient) {
        out.writeVarInt(gradient.document(), true);
        out.list(gradient.query(), WireLimits.NUMBERS, (to, value) -> to.writeDouble(value));
        out.list(gradient.key(), WireLimits.NUMBERS, (to, value) -> to.writeDouble(value));
    }

    static ScaleGradient scaleGradient(WireInput in) {
        return new ScaleGradient(
                in.readVarInt(true),
                in.list(WireLimits.NUMBERS, Double.BYTES, from -> from.readDouble()),
                in.list(WireLimits.NUMBERS, Double.BYTES, from -> from.readDouble()));
    }

    static void write(WireOutput out, ReferenceComparison comparison) {
        out.writeVarInt(comparison.document(), true);
        out.list(comparison.stretches(), WireLimits.NUMBERS, MeasurementWire::write);
    }

    static ReferenceComparison referenceComparison(WireInput in) {
        return new ReferenceComparison(
                in.readVarInt(true), in.list(WireLimits.NUMBERS, STRETCH_BYTES, MeasurementWire::stretch));
    }

    private static void write(WireOutput out, ReferenceComparison.Stretch stretch) {
        out.writeVarLong(stretch.tokens(), true);
        out.writeDouble(stretch.klNats());
        out.writeDouble(stretch.maxKlNats());
        write(out, stretch.kl());
        out.writeVarLong(stretch.sameTop(), true);
        out.writeDouble(stretch.deltaP());
        out.writeDouble(stretch.deltaPSquares());
        out.writeVarLong(stretch.keyTokens(), true);
        out.writeDouble(stretch.keyNllNats());
    }

    private static ReferenceComparison.Stretch stretch(WireInput in) {
        return new ReferenceComparison.Stretch(
                in.readVarLong(true),
                in.readDouble(),
                in.readDouble(),
                histogram(in),
                in.readVarLong(true),
                in.readDouble(),
                in.readDouble(),
                in.readVarLong(true),
                in.readDouble());
    }

    private static void write(WireOutput out, List<LogHistogram> histograms) {
        out.list(histograms, WireLimits.NUMBERS, MeasurementWire::write);
    }

    private static List<LogHistogram> histograms(WireInput in) {
        return in.list(WireLimits.NUMBERS, HISTOGRAM_BYTES, MeasurementWire::histogram);
    }

    private static void write(WireOutput out, LogHistogram histogram) {
        out.writeVarLong(histogram.zero(), true);
        out.writeVarLong(histogram.overflow(), true);
        out.writeVarInt(histogram.firstIndex(), false);
        long[] counts = histogram.counts();
        out.count(counts.length, MAX_BUCKETS, "buckets");
        for (long count : counts) {
            out.writeVarLong(count, true);
        }
    }

    private static LogHistogram histogram(WireInput in) {
        long zero = in.readVarLong(true);
        long overflow = in.readVarLong(true);
        int firstIndex = in.readVarInt(false);
        long[] counts = new long[in.count(MAX_BUCKETS, 1, "buckets")];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = in.readVarLong(true);
        }
        return LogHistogram.ofSparse(zero, overflow, firstIndex, counts);
    }
}
