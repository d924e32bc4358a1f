package qroar.workers.export;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.input.InputFile;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfigWriter;
import qroar.workers.config.RopeConfigWriter;

/** What lies beside the tensors of an exported checkpoint: its config, the index of its files, its tokenizer and licence. */
final class ExportedFiles {
    private static final long MAX_CONFIG_BYTES = 100L << 20;
    private static final Pattern COMPANIONS = Pattern.compile("tokenizer.*|special_tokens_map\\.json"
            + "|added_tokens\\.json|vocab\\.(json|txt)|merges\\.txt|chat_template.*|generation_config\\.json"
            + "|.*\\.model|LICENSE.*|NOTICE.*|USE_POLICY.*");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));
    private static final String CONFIG = "config.json";

    private final Checkpoint checkpoint;
    private final ExportFormat format;
    private final @Nullable RopeScaling rope;

    /** @param rope that the config is to have; null for the checkpoint's own */
    ExportedFiles(Checkpoint checkpoint, ExportFormat format, @Nullable RopeScaling rope) {
        this.checkpoint = checkpoint;
        this.format = format;
        this.rope = rope;
    }

    /** The config, and the files that go with it unchanged. */
    void write(ModelTensors plan, Path folder) throws IOException {
        FolderFiles.write(folder.resolve(CONFIG), config(plan));
        FolderFiles.permitLike(folder.resolve(CONFIG), folder);
        copyCompanions(folder);
    }

    /** Which tensor is in which of several files. */
    static void writeIndex(Map<String, String> fileOfTensor, long totalBytes, Path folder) throws IOException {
        ObjectNode index = JSON.createObjectNode();
        index.putObject("metadata").put("total_size", totalBytes);
        ObjectNode map = index.putObject("weight_map");
        fileOfTensor.forEach(map::put);
        FolderFiles.write(
                folder.resolve("model.safetensors.index.json"),
                JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(index));
    }

    /** The same config; loaders that follow its dtype must not round what was written wider. */
    private byte[] config(ModelTensors plan) throws IOException {
        ObjectNode config = checkpoint.isGguf()
                ? ModelConfigWriter.write(checkpoint.config())
                : (ObjectNode)
                        JSON.readTree(InputFile.bytes(checkpoint.directory().resolve(CONFIG), MAX_CONFIG_BYTES));
        if (rope != null) {
            RopeConfigWriter.write(config, rope, checkpoint.config().geometry());
        }
        config.remove("quantization_config");
        config.put(
                config.has("dtype") ? "dtype" : "torch_dtype", plan.configType().torchName());
        if (format instanceof ExportFormat.Packed packed) {
            packed.format().configure(config, plan.linears(), plan.plainLinears());
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
    }

    private void copyCompanions(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(checkpoint.directory())) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = file.getFileName().toString();
                if (COMPANIONS.matcher(name).matches()) {
                    Files.copy(file, folder.resolve(name));
                }
            }
        }
    }
}
