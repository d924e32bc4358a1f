package qroar.workers.torch;

import ai.djl.engine.EngineException;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.trial.Precision;

/**
 * What computes attention on a device. The kernels of accelerators depend on the device, the type and the size of a head,
 * and an older one may give wrong log-sum-exps, by which the parts are joined; so each is compared with the plain formula
 * before the first block runs, once per device, and the next one is taken where it fails or lies too far off.
 */
public enum AttentionKernel {
    /** Whatever PyTorch picks, with a mask of chunk x seen positions. */
    MASKED(0),
    /** FlashAttention, of 16-bit types on accelerators. */
    FLASH(1),
    /** The memory-efficient kernel of accelerators, of every type. */
    EFFICIENT(2),
    /** FlashAttention on the processor. */
    PROCESSOR(3);

    private static final Logger LOG = LoggerFactory.getLogger(AttentionKernel.class);
    private static final List<AttentionKernel> OF_ACCELERATORS = List.of(FLASH, EFFICIENT, MASKED);
    /** A first chunk, and a later one of a size that no tile divides. */
    private static final int[][] PAST_AND_COUNT = {{0, 64}, {91, 37}};

    private static final Map<Use, AttentionKernel> CHOSEN = new ConcurrentHashMap<>();

    private final int code;

    AttentionKernel(int code) {
        this.code = code;
    }

    private record Use(TorchDevice device, Precision precision, int headDim) {}

    /**
     * The kernel for a device.
     *
     * @param precision of queries, keys and values
     * @throws UnusableDevice when not even the plainest one computes what it should
     */
    public static AttentionKernel of(TorchDevice device, Precision precision, int headDim) {
        if (device.kind() == TorchDevice.Kind.CPU) {
            return PROCESSOR;
        }
        return CHOSEN.computeIfAbsent(
                new Use(device, precision, headDim),
                use -> first(OF_ACCELERATORS, device, precision, kernel -> error(kernel, device, precision, headDim)));
    }

    /**
     * The first kernel that is near enough.
     *
     * @param error of a kernel, relative to the largest value; an {@link EngineException} is one that is not there
     */
    static AttentionKernel first(
            List<AttentionKernel> kernels,
            TorchDevice device,
            Precision precision,
            ToDoubleFunction<AttentionKernel> error) {
        StringBuilder refusals = new StringBuilder();
        for (AttentionKernel kernel : kernels) {
            try {
                double found = error.applyAsDouble(kernel);
                if (found <= tolerance(precision)) {
                    LOG.info(
                            "attention of {} on {}: {}, {} off{}",
                            precision.word(),
                            device.word(),
                            kernel,
                            found,
                            refusals);
                    return kernel;
                }
                refusals.append("; ")
                        .append(kernel)
                        .append(" lies ")
                        .append(found)
                        .append(" off");
            } catch (EngineException e) {
                refusals.append("; ").append(kernel).append(": ").append(UnusableDevice.firstLine(e));
            }
        }
        throw new UnusableDevice(device, "no attention of " + precision.word() + " is right" + refusals);
    }

    /** What a device may have; which of it does is for {@link #of} to find. */
    public static List<AttentionKernel> candidates(TorchDevice device) {
        return device.kind() == TorchDevice.Kind.CPU ? List.of(PROCESSOR, MASKED) : OF_ACCELERATORS;
    }

    /**
     * How far its results lie from the plain formula in float64, over the largest value; empty where the device has no such
     * kernel.
     */
    public OptionalDouble errorOn(TorchDevice device, Precision precision, int headDim) {
        try {
            return OptionalDouble.of(error(this, device, precision, headDim));
        } catch (EngineException e) {
            LOG.info("{} on {}: {}", this, device.word(), UnusableDevice.firstLine(e));
            return OptionalDouble.empty();
        }
    }

    /** Largest error over the cases, relative to the largest value. */
    static double error(AttentionKernel kernel, TorchDevice device, Precision precision, int headDim) {
        double worst = 0;
        for (int[] each : PAST_AND_COUNT) {
            // Math.max keeps NaN.
            worst = Math.max(
                    worst, TorchRuntime.decoder().attentionError(kernel, device, precision, headDim, each[0], each[1]));
        }
        return worst;
    }

    /**
     * In 16 bits a few roundings each of a logit, a weight and a sum (measured on a processor: a quarter of this), in
     * float32 sums of some hundred terms. A log-sum-exp of another base or row is off by the size of the values.
     */
    public static double tolerance(Precision precision) {
        return switch (precision) {
            case FLOAT32 -> 0x1p-14;
            case FLOAT16 -> 0x1p-7;
            case BFLOAT16 -> 0x1p-4;
        };
    }

    /** How the script calls it. */
    public int code() {
        return code;
    }

    @Override
    public String toString() {
        return switch (this) {
            case MASKED -> "masked";
            case FLASH -> "flash";
            case EFFICIENT -> "memory-efficient";
            case PROCESSOR -> "flash on the processor";
        };
    }
}
