package qroar.workers.tensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.Printable;

/** What to say of a folder without {@code model.safetensors} and its index, by what is there instead. */
public final class OtherWeights {
    private static final int MAX_FILES = 10_000;
    private static final Pattern SHARD = Pattern.compile(".+-\\d+-of-\\d+\\.safetensors");
    private static final Pattern PYTORCH = Pattern.compile("pytorch_model(-\\d+-of-\\d+)?\\.bin");
    private static final Pattern CONSOLIDATED = Pattern.compile("consolidated\\.\\d+\\.pth");
    private static final Pattern STATE = Pattern.compile(".+\\.(bin|pt|pth|ckpt)");
    private static final Pattern ADAPTER = Pattern.compile("adapter_(config\\.json|model\\.(safetensors|bin))");

    private static final Pattern GGUF = Pattern.compile(".+\\.gguf");
    private static final String WHOLE_MODEL = " is a model by itself: name the file, not the folder";

    private OtherWeights() {}

    static BadInput refusal(Path directory) {
        List<String> names = names(directory);
        String neither = directory + ": has neither " + TensorFiles.SINGLE + " nor " + TensorFiles.INDEX;
        String shard = first(names, SHARD);
        if (shard != null) {
            return new BadInput(directory + ": " + shard + " is here, but " + TensorFiles.INDEX
                    + " is missing, which says what every shard holds");
        }
        String adapter = first(names, ADAPTER);
        if (adapter != null) {
            return new BadInput(neither + toMerge(adapter));
        }
        String safetensors = first(names, Pattern.compile(".+\\.safetensors"));
        if (safetensors != null) {
            return new BadInput(
                    neither + "; if " + safetensors + " is the whole model, it has to be called " + TensorFiles.SINGLE);
        }
        return new BadInput(neither + conversion(directory, names));
    }

    /** What to say of a folder without {@code config.json}. */
    public static BadInput withoutConfig(Path directory, Path config) {
        return new BadInput(config + ": no such file" + adviceWithoutConfig(directory, names(directory)));
    }

    private static String adviceWithoutConfig(Path directory, List<String> names) {
        if (names.contains("snapshots")) {
            return "; this folder is a hub cache's: name one of its snapshots/*";
        }
        String adapter = first(names, ADAPTER);
        if (adapter != null) {
            return toMerge(adapter);
        }
        String consolidated = first(names, CONSOLIDATED);
        if (consolidated != null) {
            return ofMeta(directory, consolidated);
        }
        String gguf = first(names, GGUF);
        return gguf == null ? "" : "; " + gguf + WHOLE_MODEL;
    }

    private static String toMerge(String adapter) {
        return "; the folder holds an adapter (" + adapter
                + "), which has to be merged into its model first (peft: merge_and_unload)";
    }

    /** Such files have other names and another order of rows, and their settings in {@code params.json}. */
    private static String ofMeta(Path directory, String consolidated) {
        return "; " + consolidated + " is in Meta's own format: take the same model in Hugging Face's, or run"
                + " transformers' convert_llama_weights_to_hf.py --input_dir " + Conversion.quoted(directory)
                + " --output_dir ANOTHER";
    }

    /** The one command that makes safetensors of what is there. */
    private static String conversion(Path directory, List<String> names) {
        String pytorch = first(names, PYTORCH);
        if (pytorch != null) {
            return "; " + pytorch + " is converted by: " + Conversion.ofStates("pytorch_model*.bin", directory);
        }
        String consolidated = first(names, CONSOLIDATED);
        if (consolidated != null) {
            return ofMeta(directory, consolidated);
        }
        String state = first(names, STATE);
        if (state != null) {
            return "; " + state + " is converted by: " + Conversion.ofStates(state, directory);
        }
        String gguf = first(names, GGUF);
        if (gguf != null) {
            return "; " + gguf + WHOLE_MODEL;
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
