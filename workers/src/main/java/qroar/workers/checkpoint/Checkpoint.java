package qroar.workers.checkpoint;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Printable;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;
import qroar.workers.gguf.GgufFile;
import qroar.workers.tensors.WeightSource;

/**
 * An opened checkpoint: its config and the place of every tensor that the forward pass reads, all present and of the
 * right shape. Tensors that nobody reads (old rotary buffers, say) are passed over. Immutable; holds no file open.
 */
public final class Checkpoint {
    private final Path directory;
    private final ModelConfig config;
    private final List<Path> files;
    private final Path source;
    private final @Nullable String encoding;
    private final Map<String, WeightSource> tensors;
    private final List<String> notes;

    /**
     * @param source the file that complaints name
     * @param encoding see {@link #encoding}
     * @param tensors every one that the forward pass reads, sorted by name; kept, not copied
     */
    Checkpoint(
            Path directory,
            ModelConfig config,
            List<Path> files,
            Path source,
            @Nullable String encoding,
            Map<String, WeightSource> tensors,
            List<String> notes) {
        this.directory = directory;
        this.config = config;
        this.files = List.copyOf(files);
        this.source = source;
        this.encoding = encoding;
        this.tensors = Collections.unmodifiableMap(tensors);
        this.notes = List.copyOf(notes);
    }

    /**
     * Opens a Hugging Face directory: {@code config.json} and {@code model.safetensors}, or
     * {@code model.safetensors.index.json} with its shards, plain or quantized by AWQ, GPTQ or compressed-tensors; or a
     * GGUF file. Reads headers only, but where {@link SeparateEnds two tensors} are said to be one.
     *
     * @throws BadInput in one line naming file, key or tensor, value and limit
     */
    public static Checkpoint open(Path path) {
        return GgufFile.isNamedBy(path) ? GgufCheckpoint.open(path) : FolderCheckpoint.open(path);
    }

    /**
     * What a {@code config.json} alone says of a checkpoint, its weights in the type that it names or bfloat16: of the right
     * shapes, and nowhere. Shapes and sizes can be asked; nothing can be read.
     */
    public static Checkpoint outline(Path configFile) {
        return OutlinedCheckpoint.of(configFile);
    }

    /** Without a word a report would call such weights unquantized. */
    static String quantizedInFiles(Path source, String encoding) {
        return source + ": holds quantized weights (" + encoding + "), used as its format de-quantizes them; 'none' and"
                + " 'unquantized' mean these weights, so nothing can be attributed to their quantization unless an experiment"
                + " says quantizer: stored, and control: the checkpoint without it";
    }

    public Path directory() {
        return directory;
    }

    public ModelConfig config() {
        return config;
    }

    /** What was read otherwise than it may look, or left out: one sentence each, for people. */
    public List<String> notes() {
        return notes;
    }

    /** The safetensors files, in the index's order. */
    public List<Path> files() {
        return files;
    }

    /** Whether it is one file of llama.cpp, without a config.json. */
    public boolean isGguf() {
        return GgufFile.isNamedBy(source);
    }

    /** Every tensor that the forward pass reads, by rising name. */
    public Collection<WeightSource> tensors() {
        return tensors.values();
    }

    /**
     * A tensor that the architecture needs; see {@link TensorNames} and {@link Projection}.
     *
     * @throws BadInput when the checkpoint does not have it
     */
    public WeightSource tensor(String name) {
        WeightSource tensor = tensors.get(name);
        if (tensor == null) {
            throw new BadInput(source + ": tensor '" + Printable.text(name) + "' is missing");
        }
        return tensor;
    }

    /**
     * How the linears are quantized in the files: {@code awq:bits=4,group=128}, {@code gguf:Q4_1|Q8_0}; null for a plain
     * checkpoint.
     */
    public @Nullable String encoding() {
        return encoding;
    }

    /** Whether linears are quantized in the files. */
    public boolean isQuantized() {
        return encoding != null && !GgufCheckpoint.isPlain(encoding);
    }

    /** @throws BadInput when it is to be taken as quantized, but is not */
    public void requireQuantized() {
        if (!isQuantized()) {
            throw new BadInput(source + ": holds no quantized weights; quantizer 'stored' means those of its files");
        }
    }

    /** A tensor that may be absent: a bias that the config promises none of. */
    public @Nullable WeightSource find(String name) {
        return tensors.get(name);
    }

    /** The token embedding, [vocabulary, hidden]: with tied embeddings, whichever of the two is stored. */
    public WeightSource embedding() {
        WeightSource embedding = tensors.get(TensorNames.EMBEDDING);
        return embedding != null ? embedding : tensor(TensorNames.OUTPUT_HEAD);
    }

    /** The output head, [vocabulary, hidden]: with tied embeddings, the same place as {@link #embedding}. */
    public WeightSource outputHead() {
        return config.tiedEmbeddings() ? embedding() : tensor(TensorNames.OUTPUT_HEAD);
    }

    /**
     * A tensor's elements, row-major, widened to float32; for small tensors and as an oracle.
     *
     * @throws BadInput when the checkpoint lacks it or it has 2^31 elements or more
     */
    public float[] readFloat32(String name) {
        return tensor(name).readFloat32();
    }

    /**
     * SHA-256 (hex) of what the checkpoint computes: config keys that reach a number, and every tensor that is read, by
     * name, dtype, shape and content. Reads all weights once.
     */
    public String digest() {
        return content().digest();
    }

    /** Digest, and weights that are no numbers; reads all weights once. */
    public CheckpointContent content() {
        return CheckpointDigest.of(this);
    }

    /**
     * The same digest, computed again only when a file's path, size or modification time has changed.
     *
     * @param cacheDirectory where it is remembered; made when it is not there
     * @throws BadInput when a weight is NaN or infinite
     */
    public String digest(Path cacheDirectory) {
        return CheckpointDigest.remembered(this, cacheDirectory);
    }

    /** Number of weights in the tensors that the architecture reads. */
    public long parameterCount() {
        return tensors().stream().mapToLong(WeightSource::elements).sum();
    }
}
