package qroar.workers.gguf;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.Architecture;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Printable;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.RowFactors;
import qroar.workers.tensors.WeightSource;

/**
 * The tensors of a GGUF file under their Hugging Face names. For architecture llama the rows of q and k are stored with the
 * two halves of each head interleaved, as llama.cpp rotates them; they are put back in order.
 */
public final class GgufWeights {
    static final String EMBEDDING = "token_embd.weight";
    static final String FINAL_NORM = "output_norm.weight";
    static final String OUTPUT_HEAD = "output.weight";

    private GgufWeights() {}

    /** Every tensor that the architecture reads, by rising name. */
    public static Map<String, WeightSource> of(GgufFile file, ModelConfig config) {
        Map<String, WeightSource> weights = new TreeMap<>();
        long hidden = config.hiddenSize();
        long[] table = {config.vocabularySize(), hidden};
        put(weights, file, EMBEDDING, TensorNames.EMBEDDING, table);
        put(weights, file, FINAL_NORM, TensorNames.FINAL_NORM, hidden);
        if (!config.tiedEmbeddings()) {
            put(weights, file, OUTPUT_HEAD, TensorNames.OUTPUT_HEAD, table);
        }
        for (int layer = 0; layer < config.layerCount(); layer++) {
            String block = "blk." + layer + ".";
            put(weights, file, block + "attn_norm.weight", TensorNames.inputNorm(layer), hidden);
            put(weights, file, block + "ffn_norm.weight", TensorNames.postAttentionNorm(layer), hidden);
            if (config.normalisesQueryAndKey()) {
                put(weights, file, block + "attn_q_norm.weight", TensorNames.queryNorm(layer), config.headDim());
                put(weights, file, block + "attn_k_norm.weight", TensorNames.keyNorm(layer), config.headDim());
            }
            for (Projection projection : Projection.values()) {
                putLinear(weights, file, config, block + shortName(projection), projection, layer);
            }
        }
        return weights;
    }

    static String shortName(Projection projection) {
        return switch (projection) {
            case QUERY -> "attn_q";
            case KEY -> "attn_k";
            case VALUE -> "attn_v";
            case OUTPUT -> "attn_output";
            case GATE -> "ffn_gate";
            case UP -> "ffn_up";
            case DOWN -> "ffn_down";
        };
    }

    private static void putLinear(
            Map<String, WeightSource> weights,
            GgufFile file,
            ModelConfig config,
            String stored,
            Projection projection,
            int layer) {
        long out = projection.outFeatures(config);
        int heads = switch (projection) {
            case QUERY -> config.headCount();
            case KEY -> config.keyValueHeadCount();
            default -> 0;
        };
        int interleaved = config.architecture().ggufLayout() == Architecture.GgufLayout.INTERLEAVED ? heads : 0;
        GgufTensor weight = checked(file, stored + ".weight", out, projection.inFeatures(config));
        weights.put(projection.weight(layer), new Weight(weight, projection.weight(layer), interleaved));
        if (file.tensor(stored + ".bias") != null) {
            GgufTensor bias = checked(file, stored + ".bias", out);
            weights.put(projection.bias(layer), new Weight(bias, projection.bias(layer), interleaved));
        }
    }

    private static void put(
            Map<String, WeightSource> weights, GgufFile file, String stored, String name, long... shape) {
        weights.put(name, new Weight(checked(file, stored, shape), name, 0));
    }

    private static GgufTensor checked(GgufFile file, String name, long... shape) {
        GgufTensor tensor = file.tensor(name);
        if (tensor == null) {
            throw new BadInput(file.file() + ": tensor '" + name + "' is missing; the metadata asks for it with shape "
                    + Printable.shape(shape));
        }
        if (!Arrays.equals(tensor.shape(), shape)) {
            throw new BadInput(file.file() + ": tensor '" + name + "' has shape " + Printable.shape(tensor.shape())
                    + "; the metadata asks for " + Printable.shape(shape));
        }
        return tensor;
    }

    /** @param interleavedHeads heads whose halves are interleaved; 0 for rows in order */
    private record Weight(GgufTensor tensor, String name, int interleavedHeads) implements PackedTensor {
        @Override
        public Path file() {
            return tensor.file();
        }

        @Override
        public long[] shape() {
            return tensor.shape();
        }

        @Override
        public long elements() {
            return tensor.elements();
        }

        @Override
        public long storedBytes() {
            return tensor.bytes();
        }

        @Override
        public String encoding() {
            return tensor.formatName();
        }

        @Override
        public float[] readFloat32() {
            float[] values = tensor.dequantized();
            return interleavedHeads == 0 ? values : inOrder(values);
        }

        @Override
        public @Nullable GroupCodes codes() {
            return null;
        }

        @Override
        public @Nullable Grids grids() {
            return null;
        }

        @Override
        public long codesBytes() {
            return 0;
        }

        private float[] inOrder(float[] stored) {
            int rows = (int) tensor.shape()[0];
            int columns = stored.length / rows;
            float[] ordered = new float[stored.length];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(stored, row * columns, ordered, rowOfStored(row) * columns, columns);
            }
            return ordered;
        }

        /** Stored row 2 i + h of a head is its row h d/2 + i. */
        private int rowOfStored(int stored) {
            if (interleavedHeads == 0) {
                return stored;
            }
            int headDim = (int) tensor.shape()[0] / interleavedHeads;
            int inHead = stored % headDim;
            return stored - inHead + inHead % 2 * (headDim / 2) + inHead / 2;
        }

        @Override
        public List<RowFactors> rowFactors() {
            long blocks = tensor.bytes() / tensor.format().bytes();
            long blocksPerRow = blocks / tensor.shape()[0];
            Dtype dtype = switch (tensor.format()) {
                case F32 -> Dtype.F32;
                case BF16 -> Dtype.BF16;
                default -> Dtype.F16;
            };
            return tensor.format().scalePlaces().stream()
                    .map(place -> new RowFactors(
                            file(),
                            tensor.name(),
                            dtype,
                            tensor.offset() + place,
                            blocks,
                            tensor.format().bytes(),
                            i -> rowOfStored((int) (i / blocksPerRow))))
                    .toList();
        }

        @Override
        public long addTo(MessageDigest digest) {
            return tensor.addTo(digest);
        }
    }
}
