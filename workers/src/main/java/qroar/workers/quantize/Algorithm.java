package qroar.workers.quantize;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.config.ModelConfig;

/**
 * Which class computes a weight quantization. {@link #all} is the only list of them here; a test holds it against the
 * forms of {@link WeightQuantization}, so that a form without an algorithm fails the build.
 */
final class Algorithm<Q extends WeightQuantization> {
    /** Makes the quantizer of one loading. */
    @FunctionalInterface
    interface Calibrated<Q> {
        WeightQuantizer make(Q quantization, CalibrationRun run);
    }

    /** What a calibrated quantizer takes beside the layer that it works on, at its peak. */
    @FunctionalInterface
    interface Work<Q> {
        /** @return bytes, its hidden states and inputs in files left out */
        long bytes(Q quantization, ModelConfig config, CalibrationSize size);
    }

    private final Class<Q> computed;
    private final @Nullable Function<Q, WeightQuantizer> plain;
    private final @Nullable Calibrated<Q> calibrated;
    private final Work<Q> work;

    private Algorithm(
            Class<Q> computed,
            @Nullable Function<Q, WeightQuantizer> plain,
            @Nullable Calibrated<Q> calibrated,
            Work<Q> work) {
        this.computed = computed;
        this.plain = plain;
        this.calibrated = calibrated;
        this.work = work;
    }

    static List<Algorithm<?>> all() {
        return List.of(
                KeepWeights.ALGORITHM,
                KeepWeights.AS_STORED,
                RoundToNearest.ALGORITHM,
                NormalFloat.ALGORITHM,
                Awq.ALGORITHM,
                Gptq.ALGORITHM,
                SmoothQuant.ALGORITHM);
    }

    /** One that looks at the weights alone. */
    static <Q extends WeightQuantization> Algorithm<Q> plain(Class<Q> computed, Function<Q, WeightQuantizer> maker) {
        return new Algorithm<>(computed, maker, null, (quantization, config, size) -> 0);
    }

    /** One that runs the model over texts. */
    static <Q extends WeightQuantization> Algorithm<Q> calibrated(
            Class<Q> computed, Calibrated<Q> maker, Work<Q> work) {
        return new Algorithm<>(computed, null, maker, work);
    }

    static Algorithm<?> of(WeightQuantization quantization) {
        return all().stream()
                .filter(algorithm -> algorithm.computed.isInstance(quantization))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no algorithm of '" + quantization.type() + "'"));
    }

    Class<Q> computed() {
        return computed;
    }

    long workBytes(WeightQuantization quantization, ModelConfig config, CalibrationSize size) {
        return work.bytes(computed.cast(quantization), config, size);
    }

    boolean isCalibrated() {
        return calibrated != null;
    }

    /** @throws IllegalArgumentException where it needs calibration */
    WeightQuantizer uncalibrated(WeightQuantization quantization) {
        if (plain == null) {
            throw new IllegalArgumentException(
                    "quantizer '" + quantization.type() + "' needs calibration documents and is made from them");
        }
        return plain.apply(computed.cast(quantization));
    }

    WeightQuantizer make(WeightQuantization quantization, CalibrationRun run) {
        return calibrated == null
                ? uncalibrated(quantization)
                : FiniteWatch.refusing(quantization.type(), calibrated.make(computed.cast(quantization), run));
    }
}
