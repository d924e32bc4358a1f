package qroar.workers.export;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.stored.PackedFormat;
import qroar.workers.tensors.Dtype;

/** What the tensors of a written model are. */
public sealed interface ExportFormat {
    /** The word of the command line. */
    String word();

    /** All tensors in one floating-point type: linears de-quantized. */
    record Plain(Dtype dtype) implements ExportFormat {
        @Override
        public String word() {
            return dtype.torchName();
        }
    }

    /**
     * Linears as a quantizer's integers, everything else as it was.
     *
     * @param scales element type of scales; null for the format's own
     */
    record Packed(PackedFormat format, @Nullable Dtype scales) implements ExportFormat {
        @Override
        public String word() {
            return format.word();
        }

        /** Whether its readers' kernels compute in half precision only. */
        boolean isHalfOnly() {
            return format.scales(Dtype.F32) == Dtype.F16;
        }

        Dtype scales(Dtype model) {
            return scales == null ? format.scales(model) : scales;
        }
    }

    /**
     * One file of llama.cpp.
     *
     * @param plain type of what is not quantized; null for the model's own
     */
    record Gguf(@Nullable Dtype plain) implements ExportFormat {
        static final String WORD = "gguf";

        @Override
        public String word() {
            return WORD;
        }
    }

    /** Words of the command line, in the order of help texts. */
    static List<String> words() {
        List<String> words = new ArrayList<>();
        PackedFormat.all().forEach(format -> words.add(format.word()));
        words.add(Gguf.WORD);
        for (Dtype dtype : Dtype.values()) {
            words.add(dtype.torchName());
        }
        return List.copyOf(words);
    }

    /**
     * @param scales element type of scales where integers are written, or of what is no integer in a GGUF file; null for the
     *     format's own
     * @throws BadInput naming the words that are understood
     */
    static ExportFormat of(String word, @Nullable Dtype scales) {
        Dtype plain = Dtype.ofTorchName(word);
        if (plain != null) {
            return new Plain(plain);
        }
        if (word.equals(Gguf.WORD)) {
            return new Gguf(scales);
        }
        return PackedFormat.all().stream()
                .filter(format -> format.word().equals(word))
                .<ExportFormat>map(format -> new Packed(format, scales))
                .findFirst()
                .orElseThrow(() ->
                        new BadInput("--format '" + word + "' is unknown; use one of " + String.join(", ", words())));
    }

    /** The format that a checkpoint has; of its floating-point types the one of most weights. */
    static ExportFormat ofStored(Checkpoint checkpoint) {
        if (checkpoint.isGguf()) {
            return new Gguf(null);
        }
        String encoding = checkpoint.encoding();
        return encoding == null
                ? new Plain(ModelTensors.modelType(checkpoint))
                : of(encoding.replaceFirst("(_v2)?:.*", ""), null);
    }

    /** compressed-tensors with scales in float32: holds every quantizer's weights to the bit. */
    static ExportFormat exact() {
        return new Packed(PackedFormat.all().get(0), Dtype.F32);
    }
}
