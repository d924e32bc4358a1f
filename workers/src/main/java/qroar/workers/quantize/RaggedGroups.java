package qroar.workers.quantize;

import org.jspecify.annotations.Nullable;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;

/** Groups that do not divide a linear's columns: computed here, refused by the tools whose formats real models have. */
public final class RaggedGroups {
    private RaggedGroups() {}

    /** One sentence for people that names the first linear; null where every group is whole. */
    public static @Nullable String note(ModelConfig config, QuantizationSpec quantization) {
        int group = quantization.weights().group();
        if (group == 0) {
            return null;
        }
        for (Projection projection : Projection.values()) {
            int columns = projection.inFeatures(config);
            if (columns % group != 0) {
                String shorter = columns < group
                        ? "each row is one shorter group"
                        : "the last group of each row has " + columns % group;
                return "quantizer " + QuantizationText.format(quantization) + ": group " + group
                        + " does not divide the " + columns + " columns of '" + projection.weight(0) + "'; " + shorter
                        + ". AWQ's and llm-compressor's own tools refuse that";
            }
        }
        return null;
    }
}
