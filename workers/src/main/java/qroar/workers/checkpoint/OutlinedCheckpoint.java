package qroar.workers.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import qroar.workers.config.JsonSection;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.TensorNames;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;

/** Draws a checkpoint that nobody has, from its {@code config.json} alone: every tensor of the right shape, and nowhere. */
final class OutlinedCheckpoint {
    private OutlinedCheckpoint() {}

    /** See {@link Checkpoint#outline}. */
    static Checkpoint of(Path configFile) {
        ModelConfig config = ModelConfig.read(configFile);
        Dtype dtype = dtype(JsonSection.read(configFile));
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

    /** What the config names, under either of the names that transformers has for it, or bfloat16. */
    private static Dtype dtype(JsonSection keys) {
        String named = keys.text(keys.mentions("torch_dtype") ? "torch_dtype" : "dtype");
        return Arrays.stream(Dtype.values())
                .filter(each -> each.torchName().equals(named))
                .findFirst()
                .orElse(Dtype.BF16);
    }
}
