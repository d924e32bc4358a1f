package qroar.workers.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import qroar.workers.config.ModelConfig;
import qroar.workers.gguf.GgufConfig;
import qroar.workers.gguf.GgufFile;
import qroar.workers.gguf.GgufWeights;
import qroar.workers.tensors.WeightSource;

/** Opens a GGUF file as a checkpoint: config, tensors and the tokenizer's place in one file. */
final class GgufCheckpoint {
    private static final String WORD = "gguf:";
    private static final Set<String> PLAIN = Set.of("F32", "F16", "BF16");

    private GgufCheckpoint() {}

    /** See {@link Checkpoint#open}. */
    static Checkpoint open(Path path) {
        GgufFile file = GgufFile.open(path);
        ModelConfig config = GgufConfig.read(file);
        Path folder = path.toAbsolutePath().getParent();
        Map<String, WeightSource> tensors = GgufWeights.of(file, config);
        String encoding = WORD + encodings(tensors);
        List<String> notes = new ArrayList<>(config.notes());
        if (!isPlain(encoding)) {
            notes.add(Checkpoint.quantizedInFiles(path, encoding));
        }
        return new Checkpoint(folder == null ? path : folder, config, List.of(path), path, encoding, tensors, notes);
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

    /** Whether an encoding is a GGUF file's whose linears are floating-point numbers, all of them. */
    static boolean isPlain(String encoding) {
        return encoding.startsWith(WORD)
                && PLAIN.containsAll(List.of(encoding.substring(WORD.length()).split("\\|")));
    }
}
