package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Whatever is wrong with what a person gives: exit code 2, and one line that names it. */
class BadInputTest {
    private static final String TENSOR = "model.layers.0.mlp.up_proj.weight";

    @TempDir
    Path folder;

    private SmallExperiment experiment;

    @BeforeEach
    void makeExperiment() {
        experiment = new SmallExperiment(folder);
    }

    private static void requireLine(int code, Product.Ended ended, String... named) {
        assertThat(ended.code()).as(ended.err()).isEqualTo(code);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.errLines()).as(ended.err()).hasSize(1);
        assertThat(ended.err()).startsWith("qroar: ").contains(named);
    }

    private void requireRefusal(String... named) {
        requireLine(2, run(), named);
    }

    private Product.Ended run(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "run", experiment.file(), "--runs", folder.resolve("runs").toString(), "--no-progress"));
        arguments.addAll(List.of(more));
        return new Product(folder).here(arguments.toArray(String[]::new));
    }

    @Test
    void commandLine() {
        Product qroar = new Product(folder);
        requireLine(2, qroar.run("run", "nowhere.yaml"), "nowhere.yaml");
        requireLine(2, qroar.run("rum"), "rum", "run");
        requireLine(2, qroar.run("run", experiment.file(), "--runs", "fresh", "--memory", "12"), "--memory", "1.5G");
        requireLine(2, qroar.here("run", "a.yaml", "--worker", "3"), "--worker", "--workers?");
        requireLine(2, run("--devices", "cpu,tpu"), "tpu", "gpu:0");
        requireLine(2, run("--nice", "20"), "--nice", "19");
        assertThat(folder.resolve("fresh")).doesNotExist();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void aDeviceThatIsNotThere() {
        requireLine(4, run("--devices", "gpu:97"), "gpu:97");
        assertThat(RunDirectory.list(folder.resolve("runs"))).as("begun runs").isEmpty();
    }

    @Test
    void memoryThatTheModelCanNeverFitInto() {
        requireLine(4, run("--memory", "6M"), "6.0 MiB to use (--memory)", "keys and values");
    }

    @Test
    void experimentFile() {
        experiment.with("grids", "3");
        requireRefusal("small.yaml:", "grids", "grid");
    }

    @Test
    void missingModel() {
        experiment.with("model", "no-model");
        requireRefusal("no-model");
    }

    @Test
    void shortDocument() {
        experiment.write("search-01.txt", "Too short.");
        requireRefusal("search-01.txt", "128");
    }

    @Test
    void tokenBeyondTheVocabulary() {
        experiment.write("ids.json", "{\"tokens\": [1, 2, 2048]}");
        experiment.with("documents", "{search: [{tokens: ids.json}], held-out: [held-out-00.txt]}");
        requireRefusal("ids.json", "2048");
    }

    @Test
    void unknownArchitecture() throws IOException {
        Path model = copyOfModel();
        Path config = model.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config).replace("\"llama\"", "\"mamba\"").replace("LlamaFor", "MambaFor"));
        requireRefusal("config.json", "mamba");
    }

    @Test
    void truncatedSafetensors() throws IOException {
        Path file = copyOfModel().resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        requireRefusal("model.safetensors");
    }

    @Test
    void headerLargerThanTheFile() throws IOException {
        Path file = copyOfModel().resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, bytes.length * 4L);
        Files.write(file, bytes);
        requireRefusal("model.safetensors", "header");
    }

    @Test
    void overlappingTensors() throws IOException {
        editHeader(header -> {
            int at = header.indexOf("data_offsets", header.indexOf(TENSOR));
            int from = header.indexOf('[', at) + 1;
            int to = header.indexOf(']', at);
            String[] ends = header.substring(from, to).split(",");
            long begin = Long.parseLong(ends[0].strip()) - 2;
            long end = Long.parseLong(ends[1].strip()) - 2;
            return header.substring(0, from) + begin + "," + end + header.substring(to);
        });
        requireRefusal("model.safetensors", "overlap");
    }

    @Test
    void wrongShape() throws IOException {
        editHeader(header -> {
            int at = header.indexOf("shape", header.indexOf(TENSOR));
            int from = header.indexOf('[', at) + 1;
            int to = header.indexOf(']', at);
            String[] sides = header.substring(from, to).split(",");
            return header.substring(0, from) + sides[1].strip() + "," + sides[0].strip() + header.substring(to);
        });
        requireRefusal("model.safetensors", TENSOR);
    }

    private Path copyOfModel() throws IOException {
        Path copy = Files.createDirectories(folder.resolve("model"));
        try (Stream<Path> files = Files.list(SmallExperiment.demo().resolve("model"))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        experiment.with("model", "model");
        return copy;
    }

    /** Changes the header of a copy of the model, its length and the tensors' bytes staying as they are. */
    private void editHeader(UnaryOperator<String> edit) throws IOException {
        Path file = copyOfModel().resolve("model.safetensors");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) bytes.getLong(0);
        String header = new String(bytes.array(), Long.BYTES, length, StandardCharsets.UTF_8);
        String edited = edit.apply(header).stripTrailing();
        assertThat(edited).isNotEqualTo(header.stripTrailing());
        byte[] data = Arrays.copyOfRange(bytes.array(), Long.BYTES + length, bytes.capacity());
        // Spaces behind a header are allowed, and keep the data aligned.
        byte[] text = (edited + " ".repeat(length - edited.length())).getBytes(StandardCharsets.UTF_8);
        ByteBuffer out =
                ByteBuffer.allocate(Long.BYTES + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, out.putLong(text.length).put(text).put(data).array());
    }
}
