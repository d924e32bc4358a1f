package qroar.workers.stored;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.workers.config.JsonSection;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.TensorFiles;

/**
 * How a checkpoint's linears are quantized in its files, as {@code quantization_config} says, one implementation per
 * {@code quant_method}. Which linears are, the files themselves tell: one whose plain weight is stored is plain.
 */
public sealed interface StoredQuantization permits AwqCheckpoint, GptqCheckpoint, CompressedCheckpoint {
    String KEY = "quantization_config";

    /** {@code awq:bits=4,group=128}; says the same of all linears, or what they have in common. */
    String text();

    /**
     * The weight of a linear.
     *
     * @param module the linear's name: {@code model.layers.0.self_attn.q_proj}
     * @return null when its packed form is not there
     * @throws qroar.protocol.BadInput naming the tensor that has another shape or type than the format's
     */
    @Nullable PackedTensor find(TensorFiles files, String module, int out, int in);

    /**
     * Reads {@code quantization_config}, or the file of its own that the older tools wrote beside config.json.
     *
     * @return null where the checkpoint is not quantized
     * @throws qroar.protocol.BadInput naming a method that is not supported
     */
    static @Nullable StoredQuantization read(JsonSection config) {
        JsonSection section = config.section(KEY);
        if (section != null) {
            return of(section);
        }
        Path gptq = config.file().resolveSibling("quantize_config.json");
        Path awq = config.file().resolveSibling("quant_config.json");
        if (Files.exists(gptq)) {
            return GptqCheckpoint.read(JsonSection.read(gptq));
        }
        return Files.exists(awq) ? AwqCheckpoint.read(JsonSection.read(awq)) : null;
    }

    private static StoredQuantization of(JsonSection section) {
        String method = section.text("quant_method");
        if (method == null) {
            for (String old : new String[] {"load_in_8bit", "load_in_4bit"}) {
                if (section.flag(old, false)) {
                    throw section.refuse(old, "that is bitsandbytes; supported: " + supported());
                }
            }
            throw section.refuse("quant_method", "must say how the weights are quantized: " + supported());
        }
        return switch (method) {
            case AwqCheckpoint.METHOD -> AwqCheckpoint.read(section);
            case GptqCheckpoint.METHOD -> GptqCheckpoint.read(section);
            case CompressedCheckpoint.METHOD -> CompressedCheckpoint.read(section);
            case AutoRoundPacking.METHOD, AutoRoundPacking.OWN_METHOD -> AutoRoundPacking.read(section);
            default -> throw section.refuse("quant_method", "supported: " + supported());
        };
    }

    private static String supported() {
        return String.join(
                ", ",
                AwqCheckpoint.METHOD,
                GptqCheckpoint.METHOD,
                CompressedCheckpoint.METHOD,
                AutoRoundPacking.METHOD);
    }
}
