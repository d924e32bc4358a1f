package qroar.orchestrator.app.input;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Precision;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;

/** What {@code auto} means, and what is said of a choice that a device does not like. */
public final class PrecisionChoice {
    private PrecisionChoice() {}

    /**
     * float32 where every device is a processor, so also where there is none; else the 16-bit type in which the checkpoint
     * has most of its weights, bfloat16 where it has none in 16 bits.
     *
     * @param choice null for {@code auto}
     */
    public static Precision resolved(
            @Nullable Precision choice, Collection<TorchDevice> devices, Checkpoint checkpoint) {
        if (choice != null) {
            return choice;
        }
        return devices.stream().allMatch(device -> device.kind() == TorchDevice.Kind.CPU)
                ? Precision.FLOAT32
                : stored(checkpoint);
    }

    /** The same for the word of an option. */
    public static Precision resolved(String word, Collection<TorchDevice> devices, Checkpoint checkpoint) {
        return resolved(word.equals(Precision.AUTO) ? null : Precision.ofWord(word), devices, checkpoint);
    }

    private static Precision stored(Checkpoint checkpoint) {
        Map<Dtype, Long> elements = new EnumMap<>(Dtype.class);
        for (WeightSource tensor : checkpoint.tensors()) {
            if (tensor instanceof TensorLocation plain) {
                elements.merge(plain.dtype(), plain.elements(), Long::sum);
            }
        }
        return elements.getOrDefault(Dtype.F16, 0L) > elements.getOrDefault(Dtype.BF16, 0L)
                ? Precision.FLOAT16
                : Precision.BFLOAT16;
    }

    /** One line for people where another precision would serve them better; null where none would. */
    public static @Nullable String note(Precision precision, TorchDevice device) {
        if (Arithmetic.of(precision, device).products() != Arithmetic.Products.WIDENED) {
            return null;
        }
        String why = precision == Precision.FLOAT16
                ? "a cpu has no fast products of float16"
                : "this cpu has no products of bfloat16 (avx512_bf16, amx_bf16; bf16 on arm64)";
        return "precision " + precision.word() + ": " + why
                + ", so they are computed in float32 and rounded; that halves the memory, but --precision float32 is"
                + " faster and rounds less";
    }
}
