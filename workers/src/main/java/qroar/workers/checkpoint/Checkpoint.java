package qroar.workers.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.FoundFile;
import qroar.workers.config.JsonSection;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Printable;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;
import qroar.workers.gguf.GgufConfig;
import qroar.workers.gguf.GgufFile;
import qroar.workers.gguf.GgufWeights;
import qroar.workers.stored.StoredQuantization;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.OtherWeights;
import qroar.workers.tensors.TensorFiles;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;

/**
 * An opened checkpoint: its config and the place of every tensor that the forward pass reads, all present and of the
 * right shape. Tensors that nobody reads (old rotary buffers, say) are passed over. Immutable; holds no file open.
 */
public final class Checkpoint {
    private static final String WEIGHT = ".weight";
    private static final String GGUF = "gguf:";

    private final Path directory;
    private final ModelConfig config;
    private final List<Path> files;
    private final Path source;
    private final @Nullable String encoding;
    private final Map<String, WeightSource> tensors;
    private final List<String> notes;

    private Checkpoint(
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
        if (GgufFile.isNamedBy(path)) {
            return gguf(path);
        }
        if (!Files.isDirectory(path)) {
            throw new BadInput(path + ": " + (Files.exists(path) ? "not a directory" : "no such directory"));
        }
        Path configFile = path.resolve("config.json");
        if (!FoundFile.isNamed(configFile)) {
            throw OtherWeights.withoutConfig(path, configFile);
        }
        ModelConfig written = ModelConfig.read(configFile);
        StoredQuantization quantization = StoredQuantization.read(JsonSection.read(configFile));
        TensorFiles files = TensorFiles.open(path);
        ModelConfig config = SeparateEnds.of(written, files);
        return new Checkpoint(
                path,
                config,
                files.files(),
                files.source(),
                quantization == null ? null : quantization.text(),
                locateAll(config, files, quantization),
                notes(config, files, quantization));
    }

    /**
     * What a {@code config.json} alone says of a checkpoint, its weights in the type that it names or bfloat16: of the right
     * shapes, and nowhere. Shapes and sizes can be asked; nothing can be read.
     */
    public static Checkpoint outline(Path configFile) {
        ModelConfig config = ModelConfig.read(configFile);
        JsonSection keys = JsonSection.read(configFile);
        String named = keys.text(keys.mentions("torch_dtype") ? "torch_dtype" : "dtype");
        Dtype dtype = Arrays.stream(Dtype.values())
                .filter(each -> each.torchName().equals(named))
                .findFirst()
                .orElse(Dtype.BF16);
        Map<String, WeightSource> tensors = new TreeMap<>();
        List<ExpectedTensor> expected = new ArrayList<>(ExpectedTensor.of(config));
        long[] ends = {config.vocabularySize(), config.hiddenSize()};
        expected.add(new ExpectedTensor(TensorNames.EMBEDDING, ends));
        if (!config.tiedEmbeddings()) {
            expected.add(new ExpectedTensor(TensorNames.OUTPUT_HEAD, ends));
        }
        for (ExpectedTensor tensor : expected) {
            long elements = Arrays.stream(tensor.shape()).reduce(1, Math::multiplyExact);
            tensors.put(
                    tensor.name(),
                    new TensorLocation(configFile, tensor.name(), dtype, tensor.shape(), 0, elements * dtype.bytes()));
        }
        Path folder = configFile.toAbsolutePath().getParent();
        return new Checkpoint(
                folder == null ? configFile : folder, config, List.of(), configFile, null, tensors, config.notes());
    }

    /** Without a word a report would call such weights unquantized. */
    private static String quantizedInFiles(Path source, String encoding) {
        return source + ": holds quantized weights (" + encoding + "), used as its format de-quantizes them; 'none' and"
                + " 'unquantized' mean these weights, so nothing can be attributed to their quantization unless an experiment"
                + " says quantizer: stored, and control: the checkpoint without it";
    }

    private static List<String> notes(
            ModelConfig config, TensorFiles files, @Nullable StoredQuantization quantization) {
        List<String> notes = new ArrayList<>(config.notes());
        if (quantization != null) {
            notes.add(quantizedInFiles(files.source(), quantization.text()));
        }
        notes.addAll(files.notes());
        List<String> biases = ExpectedTensor.unpromisedBiases(config).stream()
                .filter(files::contains)
                .toList();
        if (!biases.isEmpty()) {
            String rest = biases.size() == 1 ? "" : " and " + (biases.size() - 1) + " more";
            notes.add(files.source() + ": bias '" + biases.get(0) + "'" + rest + " are stored, but config.json asks for"
                    + " none there; left out, as by transformers and vLLM");
        }
        if (files.contains(TensorNames.inputNorm(config.layerCount()))) {
            notes.add(files.source() + ": holds more layers than the " + config.layerCount()
                    + " that config.json's num_hidden_layers asks for; they are left out, as by transformers");
        }
        return List.copyOf(notes);
    }

    private static Checkpoint gguf(Path path) {
        GgufFile file = GgufFile.open(path);
        ModelConfig config = GgufConfig.read(file);
        Path folder = path.toAbsolutePath().getParent();
        Map<String, WeightSource> tensors = GgufWeights.of(file, config);
        return new Checkpoint(
                folder == null ? path : folder,
                config,
                List.of(path),
                path,
                GGUF + encodings(tensors),
                tensors,
                ggufNotes(path, config, encodings(tensors)));
    }

    private static List<String> ggufNotes(Path path, ModelConfig config, String encodings) {
        List<String> notes = new ArrayList<>(config.notes());
        if (!arePlain(encodings)) {
            notes.add(quantizedInFiles(path, GGUF + encodings));
        }
        return notes;
    }

    /** What the linears are stored as, most elements first: {@code Q4_K|Q6_K}. */
    private static String encodings(Map<String, WeightSource> tensors) {
        Map<String, Long> elements = new TreeMap<>();
        tensors.values().stream()
                .filter(tensor -> tensor.shape().length == 2)
                .forEach(tensor -> elements.merge(tensor.encoding(), tensor.elements(), Long::sum));
        return elements.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .collect(Collectors.joining("|"));
    }

    private static Map<String, WeightSource> locateAll(
            ModelConfig config, TensorFiles files, @Nullable StoredQuantization quantization) {
        Map<String, WeightSource> tensors = new TreeMap<>();
        for (ExpectedTensor expected : ExpectedTensor.of(config)) {
            WeightSource packed = packed(files, quantization, expected.name(), expected.shape());
            if (packed != null) {
                tensors.put(expected.name(), packed);
                continue;
            }
            tensors.put(expected.name(), checked(files, expected.name(), expected.shape()));
        }
        long[] shape = {config.vocabularySize(), config.hiddenSize()};
        boolean headStandsIn = config.tiedEmbeddings()
                && !files.contains(TensorNames.EMBEDDING)
                && files.contains(TensorNames.OUTPUT_HEAD);
        if (!headStandsIn) {
            tensors.put(TensorNames.EMBEDDING, checked(files, TensorNames.EMBEDDING, shape));
        }
        if (headStandsIn || !config.tiedEmbeddings()) {
            WeightSource packed = packed(files, quantization, TensorNames.OUTPUT_HEAD, shape);
            tensors.put(
                    TensorNames.OUTPUT_HEAD, packed != null ? packed : checked(files, TensorNames.OUTPUT_HEAD, shape));
        }
        return tensors;
    }

    /** Null for what is no linear's weight, and for a weight that is stored as it is. */
    private static @Nullable WeightSource packed(
            TensorFiles files, @Nullable StoredQuantization quantization, String name, long[] shape) {
        if (quantization == null || shape.length != 2 || !name.endsWith(WEIGHT) || files.contains(name)) {
            return null;
        }
        String module = name.substring(0, name.length() - WEIGHT.length());
        return quantization.find(files, module, Math.toIntExact(shape[0]), Math.toIntExact(shape[1]));
    }

    private static TensorLocation checked(TensorFiles files, String name, long[] shape) {
        TensorLocation location = files.locate(name);
        if (location == null) {
            throw files.missing(name, shape);
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
        return encoding != null && !(isGguf() && arePlain(encoding.substring(GGUF.length())));
    }

    private static boolean arePlain(String encodings) {
        return Set.of("F32", "F16", "BF16").containsAll(List.of(encodings.split("\\|")));
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
