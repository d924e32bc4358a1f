package qroar.workers.stored;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.workers.packed.CompressedLayout;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;
import qroar.workers.packed.PackedWords;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.SafetensorsWriter.Entry;
import qroar.workers.tensors.TensorSink;

/** compressed-tensors in its format {@code pack-quantized}: {@link CompressedLayout}. Scales have the model's own type. */
final class CompressedFormat implements PackedFormat {
    @Override
    public String word() {
        return CompressedCheckpoint.METHOD;
    }

    @Override
    public String readBy() {
        return "compressed-tensors";
    }

    @Override
    public Dtype scales(Dtype model) {
        return model;
    }

    @Override
    public boolean mixes() {
        return true;
    }

    @Override
    public void require(String linear, int out, int in, Grids grids) {
        if (!grids.areWhole(in)) {
            throw new BadInput("--format compressed-tensors needs whole groups: " + grids.group()
                    + " does not divide the " + in + " columns of '" + linear + "'");
        }
    }

    @Override
    public List<Entry> entries(String module, int out, int in, Grids grids, Dtype scales) {
        int perWord = new CompressedLayout(grids.bits()).codesPerWord();
        int groups = grids.groups(in);
        List<Entry> entries = new ArrayList<>();
        entries.add(Entry.ofIntegers(module + ".weight_packed", out, (in + perWord - 1) / perWord));
        entries.add(new Entry(module + ".weight_scale", scales, out, groups));
        entries.add(Entry.ofLongs(module + ".weight_shape", 2));
        if (grids.zeros() == Grids.Zeros.ANYWHERE) {
            entries.add(Entry.ofIntegers(module + ".weight_zero_point", (out + perWord - 1) / perWord, groups));
        }
        if (grids.columns() == Grids.Columns.REORDERED) {
            entries.add(Entry.ofIntegers(module + ".weight_g_idx", in));
        }
        return entries;
    }

    @Override
    public void write(TensorSink sink, String module, GroupCodes codes, Grids grids) throws IOException {
        PackedWords packed = new CompressedLayout(codes.bits()).pack(codes);
        sink.words(module + ".weight_packed", packed.codes());
        sink.numbers(module + ".weight_scale", packed.scales());
        sink.whole(module + ".weight_shape", codes.out());
        sink.whole(module + ".weight_shape", codes.in());
        if (grids.zeros() == Grids.Zeros.ANYWHERE) {
            sink.words(module + ".weight_zero_point", packed.zeros());
        }
        if (grids.columns() == Grids.Columns.REORDERED) {
            sink.words(module + ".weight_g_idx", codes.groupsOfColumns());
        }
    }

    @Override
    public void configure(ObjectNode config, Map<String, Grids> linears, List<String> plain) {
        Map<Grids, List<String>> modulesOf = new LinkedHashMap<>();
        linears.forEach((module, grids) ->
                modulesOf.computeIfAbsent(grids, g -> new ArrayList<>()).add(module));
        ObjectNode quantization = config.putObject(StoredQuantization.KEY)
                .put("quant_method", CompressedCheckpoint.METHOD)
                .put("format", CompressedCheckpoint.FORMAT)
                .put("quantization_status", "compressed")
                .putNull("global_compression_ratio")
                .putNull("kv_cache_scheme");
        ArrayNode ignored = quantization.putArray("ignore").add("lm_head");
        plain.forEach(ignored::add);
        ObjectNode groups = quantization.putObject("config_groups");
        modulesOf.forEach((grids, modules) -> {
            ObjectNode group = groups.putObject("group_" + groups.size());
            ArrayNode targets = group.putArray("targets");
            if (modulesOf.size() == 1) {
                targets.add("Linear");
            } else {
                modules.forEach(targets::add);
            }
            describe(group.putObject("weights"), grids);
            group.putNull("input_activations").putNull("output_activations");
            group.put("format", CompressedCheckpoint.FORMAT);
        });
    }

    private static void describe(ObjectNode weights, Grids grids) {
        weights.put("num_bits", grids.bits())
                .put("type", "int")
                .put("symmetric", grids.zeros() == Grids.Zeros.MIDDLE)
                .put("strategy", grids.group() == 0 ? "channel" : "group")
                .put("dynamic", false);
        if (grids.group() == 0) {
            weights.putNull("group_size");
        } else {
            weights.put("group_size", grids.group());
        }
        if (grids.columns() == Grids.Columns.REORDERED) {
            weights.put("actorder", "group");
        } else {
            weights.putNull("actorder");
        }
    }
}
