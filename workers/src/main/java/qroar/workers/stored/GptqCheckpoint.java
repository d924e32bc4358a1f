package qroar.workers.stored;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.workers.config.ConfigReader;
import qroar.workers.config.JsonSection;
import qroar.workers.packed.GptqLayout;
import qroar.workers.packed.GptqLayout.Zeros;
import qroar.workers.packed.Grids;
import qroar.workers.packed.PackedWords;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.TensorFiles;
import qroar.workers.tensors.TensorPart;

/**
 * GPTQ as AutoGPTQ and GPTQModel write it, both generations; see {@link GptqLayout}.
 *
 * @param group input columns of a scale; 0 for the whole row
 */
record GptqCheckpoint(GptqLayout layout, int group) implements StoredQuantization {
    static final String METHOD = "gptq";

    static final List<Integer> BITS = List.of(2, 3, 4, 8);

    static GptqCheckpoint read(JsonSection section) {
        int bits = section.integer("bits", 1, 16);
        if (!BITS.contains(bits)) {
            throw section.refuse("bits", "GPTQ checkpoints are supported with 2, 3, 4 and 8 bits");
        }
        if (section.flag("is_marlin_format", false)) {
            throw section.refuse("is_marlin_format", "GPTQ checkpoints are supported in the formats gptq, gptq_v2");
        }
        String packed = section.text("pack_dtype");
        if (packed != null && !packed.equals("int32")) {
            throw section.refuse("pack_dtype", "GPTQ checkpoints are supported with codes packed into int32");
        }
        JsonSection perModule = section.section("dynamic");
        if (perModule != null && !perModule.keys().isEmpty()) {
            throw section.refuse("dynamic", "GPTQ checkpoints with settings per module are not supported");
        }
        int group = section.integer("group_size", -1, ConfigReader.MAX_WIDTH, 128);
        return new GptqCheckpoint(new GptqLayout(bits, zeros(section)), Math.max(0, group));
    }

    private static Zeros zeros(JsonSection section) {
        String key = section.has("checkpoint_format") ? "checkpoint_format" : "format";
        String format = section.text(key);
        if (format == null || format.equals("gptq")) {
            return Zeros.MINUS_ONE;
        }
        if (format.equals("gptq_v2")) {
            return Zeros.AS_IS;
        }
        throw section.refuse(key, "GPTQ checkpoints are supported in the formats gptq, gptq_v2");
    }

    @Override
    public String text() {
        String generation = layout.zeros() == Zeros.AS_IS ? "_v2" : "";
        return METHOD + generation + ":bits=" + layout.bits() + ",group=" + group;
    }

    @Override
    public @Nullable PackedTensor find(TensorFiles files, String module, int out, int in) {
        TensorPart qweight = files.part(module + ".qweight");
        if (qweight == null) {
            return null;
        }
        int columns = group == 0 ? in : group;
        int groups = (in + columns - 1) / columns;
        int bits = layout.bits();
        if ((long) in * bits % Integer.SIZE != 0 || (long) out * bits % Integer.SIZE != 0) {
            throw qweight.problem("stands for " + out + " x " + in + " weights of " + bits
                    + " bits; rows and columns must fill whole words of 32 bits");
        }
        qweight.checked("I32", (long) in * bits / Integer.SIZE, out);
        TensorPart qzeros =
                files.requiredPart(module + ".qzeros").checked("I32", groups, (long) out * bits / Integer.SIZE);
        TensorPart scales = files.requiredPart(module + ".scales").checkedFloats(groups, out);
        List<TensorPart> parts = new ArrayList<>(List.of(qweight, qzeros, scales));
        TensorPart order = files.part(module + ".g_idx");
        if (order != null) {
            parts.add(order.checked("I32", in));
        }
        return new PackedLinear(
                module + ".weight",
                out,
                in,
                text(),
                new Grids(bits, group, PackedLinear.columns(order), Grids.Zeros.ANYWHERE),
                order,
                parts,
                scales.rowFactors(i -> (int) (i % out)),
                () -> layout.unpack(
                        new PackedWords(qweight.integers(), qzeros.integers(), scales.floats()),
                        order == null
                                ? PackedLinear.groupsInOrder(in, columns)
                                : PackedLinear.checkedGroups(order, groups),
                        out,
                        in,
                        groups));
    }
}
