package qroar.workers.stored;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.SafetensorsWriter.Entry;
import qroar.workers.tensors.TensorSink;

/**
 * How integer codes are written into safetensors files, one room per {@code quant_method}; what {@link StoredQuantization}
 * reads. Codes, scales and zero points are taken as they are.
 */
public interface PackedFormat {
    /** The word of the command line, which is also its {@code quant_method}. */
    String word();

    /** What transformers needs to read it, as {@code pip install} takes it and in words. */
    String readBy();

    /** Element type of scales that the format's readers expect of a model of that type. */
    Dtype scales(Dtype model);

    /**
     * Refuses what the format cannot hold.
     *
     * @param linear to name in the message
     * @throws BadInput in one line
     */
    void require(String linear, int out, int in, Grids grids);

    /** The tensors of a linear without its bias. */
    List<Entry> entries(String module, int out, int in, Grids grids, Dtype scales);

    /** Fills the tensors that {@link #entries} announced. */
    void write(TensorSink sink, String module, GroupCodes codes, Grids grids) throws IOException;

    /**
     * Adds what the format's readers look for in config.json.
     *
     * @param linears grids of each linear that is written, by module name; all of one kind unless {@link #mixes}
     * @param plain modules of linears that are not quantized
     */
    void configure(ObjectNode config, Map<String, Grids> linears, List<String> plain);

    /** Whether linears of one file may be of several kinds. */
    default boolean mixes() {
        return false;
    }

    /** All of them, in the order of help texts. */
    static List<PackedFormat> all() {
        return List.of(new CompressedFormat(), new AwqFormat(), new GptqFormat());
    }
}
