package qroar.workers.stored;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.workers.config.ConfigReader;
import qroar.workers.config.JsonSection;
import qroar.workers.packed.AwqGemm;
import qroar.workers.packed.Grids;
import qroar.workers.packed.PackedWords;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.TensorFiles;
import qroar.workers.tensors.TensorPart;

/**
 * AWQ as AutoAWQ writes it, in its GEMM layout; see {@link AwqGemm}.
 *
 * @param group input columns of a scale; 0 for the whole row
 */
record AwqCheckpoint(int group) implements StoredQuantization {
    static final String METHOD = "awq";

    static AwqCheckpoint read(JsonSection section) {
        // AutoAWQ's own file has other words for two keys.
        String bits = section.has("w_bit") ? "w_bit" : "bits";
        String group = section.has("q_group_size") ? "q_group_size" : "group_size";
        if (section.integer(bits, 1, 16, AwqGemm.BITS) != AwqGemm.BITS) {
            throw section.refuse(bits, "AWQ checkpoints are supported with 4 bits");
        }
        String layout = section.has("version") ? "version" : "format";
        String version = section.text(layout);
        if (version != null && !version.toLowerCase(Locale.ROOT).equals("gemm")) {
            throw section.refuse(layout, "AWQ checkpoints are supported in the layout gemm");
        }
        if (!section.flag("zero_point", true)) {
            throw section.refuse("zero_point", "AWQ checkpoints are supported with zero points");
        }
        return new AwqCheckpoint(Math.max(0, section.integer(group, -1, ConfigReader.MAX_WIDTH, 128)));
    }

    @Override
    public String text() {
        return METHOD + ":bits=" + AwqGemm.BITS + ",group=" + group;
    }

    @Override
    public @Nullable PackedTensor find(TensorFiles files, String module, int out, int in) {
        TensorPart qweight = files.part(module + ".qweight");
        if (qweight == null) {
            return null;
        }
        int columns = group == 0 ? in : group;
        if (in % columns != 0 || out % AwqGemm.CODES != 0) {
            throw qweight.problem("stands for " + out + " x " + in + " weights; rows must be a multiple of "
                    + AwqGemm.CODES + " and columns one of the group size " + columns);
        }
        int words = out / AwqGemm.CODES;
        qweight.checked("I32", in, words);
        TensorPart qzeros = files.requiredPart(module + ".qzeros").checked("I32", in / columns, words);
        TensorPart scales = files.requiredPart(module + ".scales").checkedFloats(in / columns, out);
        return new PackedLinear(
                module + ".weight",
                out,
                in,
                text(),
                new Grids(AwqGemm.BITS, group, Grids.Columns.IN_ORDER, Grids.Zeros.ANYWHERE),
                null,
                List.of(qweight, qzeros, scales),
                scales.rowFactors(i -> (int) (i % out)),
                () -> AwqGemm.unpack(
                        new PackedWords(qweight.integers(), qzeros.integers(), scales.floats()), out, in, columns));
    }
}
