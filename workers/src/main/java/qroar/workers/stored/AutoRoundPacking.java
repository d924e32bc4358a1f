package qroar.workers.stored;

import java.util.List;
import qroar.workers.config.JsonSection;

/**
 * Checkpoints of AutoRound, whose codes and scales are packed as GPTQ's first generation or as AWQ's GEMM layout: the same
 * tensors in another dress. vLLM and transformers read them so too.
 */
final class AutoRoundPacking {
    static final String METHOD = "auto-round";
    /** What its earlier versions wrote. */
    static final String OWN_METHOD = "intel/auto-round";

    /** Settings that each linear of one checkpoint has to share. */
    private static final List<String> SHARED = List.of("bits", "group_size");

    private static final int PLAIN_BITS = 16;

    private AutoRoundPacking() {}

    static StoredQuantization read(JsonSection section) {
        String type = section.text("data_type");
        if (type != null && !type.equals("int")) {
            throw section.refuse("data_type", "AutoRound checkpoints are supported with integer codes: int");
        }
        if (section.integer("act_bits", 1, 32, PLAIN_BITS) < PLAIN_BITS) {
            throw section.refuse("act_bits", "checkpoints whose activations are quantized are not supported");
        }
        requireAlike(section);
        String packing = section.text("packing_format");
        if ("auto_round:auto_gptq".equals(packing)) {
            return GptqCheckpoint.read(section);
        }
        if ("auto_round:auto_awq".equals(packing)) {
            return AwqCheckpoint.read(section);
        }
        throw section.refuse(
                "packing_format",
                "AutoRound checkpoints are supported as they are packed by: auto_round:auto_gptq, auto_round:auto_awq");
    }

    /** Modules of their own settings; those of 16 bits are plain, and their files say so. */
    private static void requireAlike(JsonSection section) {
        JsonSection modules = section.section("extra_config");
        if (modules == null) {
            return;
        }
        for (String module : modules.keys()) {
            JsonSection own = modules.section(module);
            if (own == null || own.integer("bits", 1, 32, 0) >= PLAIN_BITS) {
                continue;
            }
            for (String key : SHARED) {
                if (own.has(key) && own.integer(key, -1, 1 << 20) != section.integer(key, -1, 1 << 20)) {
                    throw own.refuse(key, "AutoRound checkpoints with settings per module are not supported");
                }
            }
        }
    }
}
