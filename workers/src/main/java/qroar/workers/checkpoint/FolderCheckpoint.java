package qroar.workers.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.FoundFile;
import qroar.workers.config.JsonSection;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Printable;
import qroar.workers.config.TensorNames;
import qroar.workers.stored.StoredQuantization;
import qroar.workers.tensors.OtherWeights;
import qroar.workers.tensors.TensorFiles;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;

/** Finds in a Hugging Face folder every tensor that its {@code config.json} asks for, stored as it is or quantized. */
final class FolderCheckpoint {
    private static final String WEIGHT = ".weight";

    private final ModelConfig config;
    private final TensorFiles files;
    private final @Nullable StoredQuantization quantization;

    private FolderCheckpoint(ModelConfig config, TensorFiles files, @Nullable StoredQuantization quantization) {
        this.config = config;
        this.files = files;
        this.quantization = quantization;
    }

    /** See {@link Checkpoint#open}. */
    static Checkpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new BadInput(folder + ": " + (Files.exists(folder) ? "not a directory" : "no such directory"));
        }
        Path configFile = folder.resolve("config.json");
        if (!FoundFile.isNamed(configFile)) {
            throw OtherWeights.withoutConfig(folder, configFile);
        }
        ModelConfig written = ModelConfig.read(configFile);
        StoredQuantization quantization = StoredQuantization.read(JsonSection.read(configFile));
        TensorFiles files = TensorFiles.open(folder);
        ModelConfig config = SeparateEnds.of(written, files);
        FolderCheckpoint found = new FolderCheckpoint(config, files, quantization);
        return new Checkpoint(
                folder,
                config,
                files.files(),
                files.source(),
                quantization == null ? null : quantization.text(),
                found.tensors(),
                found.notes());
    }

    private Map<String, WeightSource> tensors() {
        Map<String, WeightSource> tensors = new TreeMap<>();
        for (ExpectedTensor expected : ExpectedTensor.of(config)) {
            tensors.put(expected.name(), packedOrPlain(expected.name(), expected.shape()));
        }
        long[] shape = {config.vocabularySize(), config.hiddenSize()};
        boolean headStandsIn = config.tiedEmbeddings()
                && !files.contains(TensorNames.EMBEDDING)
                && files.contains(TensorNames.OUTPUT_HEAD);
        if (!headStandsIn) {
            tensors.put(TensorNames.EMBEDDING, plain(TensorNames.EMBEDDING, shape));
        }
        if (headStandsIn || !config.tiedEmbeddings()) {
            tensors.put(TensorNames.OUTPUT_HEAD, packedOrPlain(TensorNames.OUTPUT_HEAD, shape));
        }
        return tensors;
    }

    private WeightSource packedOrPlain(String name, long[] shape) {
        WeightSource packed = packed(name, shape);
        return packed != null ? packed : plain(name, shape);
    }

    /** Null for what is no linear's weight, and for a weight that is stored as it is. */
    private @Nullable WeightSource packed(String name, long[] shape) {
        if (quantization == null || shape.length != 2 || !name.endsWith(WEIGHT) || files.contains(name)) {
            return null;
        }
        String module = name.substring(0, name.length() - WEIGHT.length());
        return quantization.find(files, module, Math.toIntExact(shape[0]), Math.toIntExact(shape[1]));
    }

    private TensorLocation plain(String name, long[] shape) {
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

    private List<String> notes() {
        List<String> notes = new ArrayList<>(config.notes());
        if (quantization != null) {
            notes.add(Checkpoint.quantizedInFiles(files.source(), quantization.text()));
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
        return notes;
    }
}
