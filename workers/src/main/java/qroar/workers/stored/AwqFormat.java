package qroar.workers.stored;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.workers.packed.AwqGemm;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;
import qroar.workers.packed.PackedWords;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.SafetensorsWriter.Entry;
import qroar.workers.tensors.TensorSink;

/** AWQ in AutoAWQ's GEMM layout: {@link AwqGemm}. Fewer bits than 4 fit into its nibbles too. */
final class AwqFormat implements PackedFormat {
    @Override
    public String word() {
        return AwqCheckpoint.METHOD;
    }

    @Override
    public String readBy() {
        return "autoawq, or gptqmodel";
    }

    @Override
    public Dtype scales(Dtype model) {
        return Dtype.F16;
    }

    @Override
    public void require(String linear, int out, int in, Grids grids) {
        if (grids.bits() > AwqGemm.BITS) {
            throw new BadInput("--format awq holds codes of 4 bits, not " + grids.bits());
        }
        if (grids.columns() == Grids.Columns.REORDERED) {
            throw new BadInput("--format awq cannot say that groups follow another order than that of the columns, as"
                    + " act-order without static-groups makes them");
        }
        if (!grids.areWhole(in)) {
            throw new BadInput("--format awq needs whole groups: " + grids.group() + " does not divide the " + in
                    + " columns of '" + linear + "'");
        }
        if (out % AwqGemm.CODES != 0) {
            throw new BadInput(
                    "--format awq packs " + AwqGemm.CODES + " rows into a word: '" + linear + "' has " + out);
        }
    }

    @Override
    public List<Entry> entries(String module, int out, int in, Grids grids, Dtype scales) {
        int groups = grids.groups(in);
        return List.of(
                Entry.ofIntegers(module + ".qweight", in, out / AwqGemm.CODES),
                Entry.ofIntegers(module + ".qzeros", groups, out / AwqGemm.CODES),
                new Entry(module + ".scales", scales, groups, out));
    }

    @Override
    public void write(TensorSink sink, String module, GroupCodes codes, Grids grids) throws IOException {
        PackedWords packed = AwqGemm.pack(codes);
        sink.words(module + ".qweight", packed.codes());
        sink.words(module + ".qzeros", packed.zeros());
        sink.numbers(module + ".scales", packed.scales());
    }

    @Override
    public void configure(ObjectNode config, Map<String, Grids> linears, List<String> plain) {
        Grids grids = linears.values().iterator().next();
        config.putObject(StoredQuantization.KEY)
                .put("quant_method", AwqCheckpoint.METHOD)
                .put("bits", AwqGemm.BITS)
                .put("group_size", grids.group() == 0 ? -1 : grids.group())
                .put("zero_point", true)
                .put("version", "gemm")
                .putNull("modules_to_not_convert");
    }
}
