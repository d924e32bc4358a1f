package qroar.workers.stored;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.workers.packed.GptqLayout;
import qroar.workers.packed.GptqLayout.Zeros;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;
import qroar.workers.packed.PackedWords;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.SafetensorsWriter.Entry;
import qroar.workers.tensors.TensorSink;

/**
 * GPTQ as AutoGPTQ and GPTQModel write it: {@link GptqLayout}, in its first generation, which every reader knows. There a
 * zero point of 0 borrows from its neighbour in the word. Readers that add the one back to the whole word (GPTQModel, and so
 * transformers) are right about it; those that add it to each field are not. Asymmetric codes may have such zero points, so
 * they are written in the second generation, which stores them as they are.
 */
final class GptqFormat implements PackedFormat {
    @Override
    public String word() {
        return GptqCheckpoint.METHOD;
    }

    @Override
    public String readBy() {
        return "gptqmodel";
    }

    @Override
    public Dtype scales(Dtype model) {
        return Dtype.F16;
    }

    private static GptqLayout layout(Grids grids) {
        return new GptqLayout(grids.bits(), isFirst(grids) ? Zeros.MINUS_ONE : Zeros.AS_IS);
    }

    private static boolean isFirst(Grids grids) {
        return grids.zeros() == Grids.Zeros.MIDDLE;
    }

    @Override
    public void require(String linear, int out, int in, Grids grids) {
        int bits = grids.bits();
        if (!GptqCheckpoint.BITS.contains(bits)) {
            throw new BadInput("--format gptq holds codes of 2, 3, 4 or 8 bits, not " + bits);
        }
        if ((long) in * bits % Integer.SIZE != 0 || (long) out * bits % Integer.SIZE != 0) {
            throw new BadInput("--format gptq fills whole words of 32 bits: '" + linear + "' has " + out + " rows and "
                    + in + " columns of " + bits + " bits");
        }
    }

    @Override
    public List<Entry> entries(String module, int out, int in, Grids grids, Dtype scales) {
        int groups = grids.groups(in);
        return List.of(
                Entry.ofIntegers(module + ".qweight", (long) in * grids.bits() / Integer.SIZE, out),
                Entry.ofIntegers(module + ".qzeros", groups, (long) out * grids.bits() / Integer.SIZE),
                new Entry(module + ".scales", scales, groups, out),
                Entry.ofIntegers(module + ".g_idx", in));
    }

    @Override
    public void write(TensorSink sink, String module, GroupCodes codes, Grids grids) throws IOException {
        PackedWords packed = layout(grids).pack(codes);
        sink.words(module + ".qweight", packed.codes());
        sink.words(module + ".qzeros", packed.zeros());
        sink.numbers(module + ".scales", packed.scales());
        sink.words(module + ".g_idx", codes.groupsOfColumns());
    }

    @Override
    public void configure(ObjectNode config, Map<String, Grids> linears, List<String> plain) {
        Grids grids = linears.values().iterator().next();
        config.putObject(StoredQuantization.KEY)
                .put("quant_method", GptqCheckpoint.METHOD)
                .put("bits", grids.bits())
                .put("group_size", grids.group() == 0 ? -1 : grids.group())
                .put("desc_act", grids.columns() == Grids.Columns.REORDERED)
                .put("sym", isFirst(grids))
                .put("lm_head", false)
                .put("pack_dtype", "int32")
                .put("checkpoint_format", isFirst(grids) ? "gptq" : "gptq_v2");
    }
}
