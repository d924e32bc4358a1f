package qroar.workers.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * An opened checkpoint: its config and the place of every tensor that the forward pass reads, all present and of the
 * right shape. Tensors that nobody reads (old rotary buffers, say) are passed over. Immutable; holds no file open.
 */
public final class Checkpoint {
    private final Path directory;
    private final ModelConfig config;
    private final List<Path> files;
    private final Path source;
    private final Map<String, TensorLocation> tensors;

    private Checkpoint(Path directory, ModelConfig config, TensorFiles files) {
        this.directory = directory;
        this.config = config;
        this.files = files.files();
        this.source = files.source();
        this.tensors = Collections.unmodifiableMap(locateAll(config, files));
    }

    /**
     * Opens a Hugging Face directory: {@code config.json} and {@code model.safetensors}, or
     * {@code model.safetensors.index.json} with its shards. Reads headers only.
     *
     * @throws BadInput in one line naming file, key or tensor, value and limit
     */
    public static Checkpoint open(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new BadInput(directory + ": " + (Files.exists(directory) ? "not a directory" : "no such directory"));
        }
        ModelConfig config = ModelConfig.read(directory.resolve("config.json"));
        return new Checkpoint(directory, config, TensorFiles.open(directory));
    }

    private static Map<String, TensorLocation> locateAll(ModelConfig config, TensorFiles files) {
        Map<String, TensorLocation> tensors = new TreeMap<>();
        for (ExpectedTensor expected : ExpectedTensor.of(config)) {
            if (expected.presence() == ExpectedTensor.Presence.REQUIRED || files.contains(expected.name())) {
                tensors.put(expected.name(), checked(files, expected.name(), expected.shape()));
            }
        }
        long[] shape = {config.vocabularySize(), config.hiddenSize()};
        boolean headStandsIn = config.tiedEmbeddings()
                && !files.contains(TensorNames.EMBEDDING)
                && files.contains(TensorNames.OUTPUT_HEAD);
        if (!headStandsIn) {
            tensors.put(TensorNames.EMBEDDING, checked(files, TensorNames.EMBEDDING, shape));
        }
        if (headStandsIn || !config.tiedEmbeddings()) {
            tensors.put(TensorNames.OUTPUT_HEAD, checked(files, TensorNames.OUTPUT_HEAD, shape));
        }
        return tensors;
    }

    private static TensorLocation checked(TensorFiles files, String name, long[] shape) {
        TensorLocation location = files.locate(name);
        if (location == null) {
            throw new BadInput(files.source() + ": tensor '" + name
                    + "' is missing; config.json asks for it with shape " + Printable.shape(shape));
        }
        if (!Arrays.equals(location.shape(), shape)) {
            throw new BadInput(location.file() + ": tensor '" + name + "' has shape "
                    + Printable.shape(location.shape()) + "; config.json asks for " + Printable.shape(shape));
        }
        return location;
    }

    public Path directory() {
        return directory;
    }

    public ModelConfig config() {
        return config;
    }

    /** The safetensors files, in the index's order. */
    public List<Path> files() {
        return files;
    }

    /** Every tensor that the forward pass reads, by rising name. */
    public Collection<TensorLocation> tensors() {
        return tensors.values();
    }

    /**
     * A tensor that the architecture needs; see {@link TensorNames} and {@link Projection}.
     *
     * @throws BadInput when the checkpoint does not have it
     */
    public TensorLocation location(String name) {
        TensorLocation location = tensors.get(name);
        if (location == null) {
            throw new BadInput(source + ": tensor '" + Printable.text(name) + "' is missing");
        }
        return location;
    }

    /** A tensor that may be absent, a bias say. */
    public @Nullable TensorLocation find(String name) {
        return tensors.get(name);
    }

    /** The token embedding, [vocabulary, hidden]: with tied embeddings, whichever of the two is stored. */
    public TensorLocation embedding() {
        TensorLocation embedding = tensors.get(TensorNames.EMBEDDING);
        return embedding != null ? embedding : location(TensorNames.OUTPUT_HEAD);
    }

    /** The output head, [vocabulary, hidden]: with tied embeddings, the same place as {@link #embedding}. */
    public TensorLocation outputHead() {
        return config.tiedEmbeddings() ? embedding() : location(TensorNames.OUTPUT_HEAD);
    }

    /**
     * A tensor's elements, row-major, widened to float32; for small tensors and as an oracle.
     *
     * @throws BadInput when the checkpoint lacks it or it has 2^31 elements or more
     */
    public float[] readFloat32(String name) {
        return TensorBytes.readFloat32(location(name));
    }

    /**
     * SHA-256 (hex) of what the checkpoint computes: config keys that reach a number, and every tensor that is read, by
     * name, dtype, shape and content. Reads all weights once.
     */
    public String digest() {
        return CheckpointDigest.of(this);
    }

    /**
     * The same digest, computed again only when a file's path, size or modification time has changed.
     *
     * @param cacheDirectory where it is remembered; made when it is not there
     */
    public String digest(Path cacheDirectory) {
        return CheckpointDigest.remembered(this, cacheDirectory);
    }

    /** Number of weights in the tensors that the architecture reads. */
    public long parameterCount() {
        return tensors().stream().mapToLong(TensorLocation::elements).sum();
    }
}
