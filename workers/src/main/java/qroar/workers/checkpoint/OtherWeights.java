package qroar.workers.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/** What to say of a folder without {@code model.safetensors} and its index, by what is there instead. */
final class OtherWeights {
    private static final int MAX_FILES = 10_000;
    private static final Pattern SHARD = Pattern.compile(".+-\\d+-of-\\d+\\.safetensors");
    private static final Pattern PYTORCH = Pattern.compile("pytorch_model(-\\d+-of-\\d+)?\\.bin");
    private static final Pattern CONSOLIDATED = Pattern.compile("consolidated\\.\\d+\\.pth");
    private static final Pattern STATE = Pattern.compile(".+\\.(bin|pt|pth|ckpt)");
    private static final Pattern ADAPTER = Pattern.compile("adapter_(config\\.json|model\\.(safetensors|bin))");

    private OtherWeights() {}

    static BadInput refusal(Path directory) {
        List<String> names = names(directory);
        String neither = directory + ": has neither " + TensorFiles.SINGLE + " nor " + TensorFiles.INDEX;
        String shard = first(names, SHARD);
        if (shard != null) {
            return new BadInput(directory + ": " + shard + " is here, but " + TensorFiles.INDEX
                    + " is missing, which says what every shard holds");
        }
        if (first(names, ADAPTER) != null) {
            return new BadInput(neither + "; it holds an adapter (" + first(names, ADAPTER)
                    + "), which has to be merged into its model first (peft: merge_and_unload)");
        }
        String safetensors = first(names, Pattern.compile(".+\\.safetensors"));
        if (safetensors != null) {
            return new BadInput(
                    neither + "; if " + safetensors + " is the whole model, it has to be called " + TensorFiles.SINGLE);
        }
        return new BadInput(neither + conversion(directory, names));
    }

    /** The one command that makes safetensors of what is there. */
    private static String conversion(Path directory, List<String> names) {
        String pytorch = first(names, PYTORCH);
        if (pytorch != null) {
            return "; " + pytorch + " is converted by: " + Conversion.ofStates("pytorch_model*.bin", directory);
        }
        if (first(names, CONSOLIDATED) != null) {
            return "; " + first(names, CONSOLIDATED) + " has Meta's own names and order, which transformers'"
                    + " convert_llama_weights_to_hf.py turns into a folder with config.json and safetensors";
        }
        String state = first(names, STATE);
        if (state != null) {
            return "; " + state + " is converted by: " + Conversion.ofStates(state, directory);
        }
        String gguf = first(names, Pattern.compile(".+\\.gguf"));
        if (gguf != null) {
            return "; " + gguf + " is a model by itself: name the file, not the folder";
        }
        return "; weights in other formats have to be saved as safetensors first";
    }

    private static @Nullable String first(List<String> names, Pattern pattern) {
        return names.stream()
                .filter(name -> pattern.matcher(name).matches())
                .findFirst()
                .orElse(null);
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.limit(MAX_FILES)
                    .map(file -> Printable.text(file.getFileName().toString()))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }
}
