package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input ends with exit code 2, nothing on standard output, and one line that names what is wrong. */
class EvalRefusalTest {
    private static final Path MODEL = CommandRun.GOLDEN.resolve("checkpoints/tiny-llama");
    private static final Path TOKENS = CommandRun.GOLDEN.resolve("tokens/tokens_short.json");

    @TempDir
    Path scratch;

    private Path broken;

    @BeforeEach
    void copyCheckpoint() throws IOException {
        broken = Files.createDirectory(scratch.resolve("broken"));
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(MODEL.resolve(name), broken.resolve(name));
        }
    }

    @Test
    void brokenCheckpoints() throws IOException {
        assertRefused(List.of("--model", scratch.resolve("nowhere"), "--tokens", TOKENS), "nowhere: no such directory");
        assertRefused(
                List.of("--model", "nobody/nothing", "--tokens", TOKENS),
                "nor has the Hugging Face cache such a model");
        byte[] weights = Files.readAllBytes(broken.resolve("model.safetensors"));
        Files.write(broken.resolve("model.safetensors"), Arrays.copyOf(weights, weights.length / 2));
        assertRefused(List.of("--model", broken, "--tokens", TOKENS), "model.safetensors", "tensor '");
        Files.delete(broken.resolve("model.safetensors"));
        assertRefused(List.of("--model", broken, "--tokens", TOKENS), "broken", "model.safetensors");
        String config = Files.readString(broken.resolve("config.json"));
        Files.writeString(broken.resolve("config.json"), config.replace("\"llama\"", "\"mamba\""));
        assertRefused(List.of("--model", broken, "--tokens", TOKENS), "config.json", "mamba", "llama");
    }

    @Test
    void unusableDocuments() throws IOException {
        assertRefused(List.of("--model", MODEL, "--tokens", scratch.resolve("none.json")), "none.json: no such file");
        assertRefused(List.of("--model", MODEL), "--docs FILE... or --tokens");
        assertRefused(List.of("--model", MODEL, "--docs", TOKENS, "--tokens", TOKENS), "exclude each other");
        assertRefused(List.of("--model", MODEL, "--docs", TOKENS), "tokenizer.json: no such file");
        Path ids = Files.writeString(scratch.resolve("ids.json"), "[1,2,256]");
        assertRefused(List.of("--model", MODEL, "--tokens", ids), "ids.json: tokens[2] is 256", "0 to 255");
        assertRefused(
                List.of("--model", MODEL, "--tokens", TOKENS, "--length", "201,300"),
                "tokens_short.json",
                "200 tokens, fewer than the shortest length 201");
    }

    @Test
    void unknownAndImpossibleOptions() {
        assertRefused(arguments("--rope", "yarn:faktor=4"), "faktor", "factor");
        assertRefused(arguments("--rope", "longrope:short=1;2,long=1;2,original=64"), "longrope");
        assertRefused(arguments("--quantize", "rtn:bits=9"), "bits=9", "2 to 8");
        assertRefused(arguments("--quantize", "awq:bits=4,group=32"), "awq needs texts to calibrate on");
        assertRefused(arguments("--protocol", "rolling"), "rolling", "lm-eval");
        assertRefused(arguments("--protocol", "sliding"), "needs --length");
        assertRefused(arguments("--stride", "5"), "--stride 5 has no meaning");
        assertRefused(arguments("--protocol", "hf", "--length", "64", "--stride", "65"), "stride 65", "length 64");
        assertRefused(arguments("--protocol", "yarn", "--length", "64", "--start-token", "256"), "256", "vocabulary");
        assertRefused(arguments("--length", "1"), "length 1 must be at least 2");
        assertRefused(arguments("--device", "tpu"), "device 'tpu' is unknown");
        assertRefused(arguments("--threads", "0"), "--threads 0");
        assertRefused(
                arguments("--per-token", scratch.resolve("no/such/file.json").toString()), "--per-token", "directory");
        assertRefused(arguments("--lenght", "64"), "--lenght", "did you mean --length?");
        assertRefused(List.of("--tokens", TOKENS), "--model");
    }

    @Test
    void scalesThatDoNotFit() throws IOException {
        assertRefused(arguments("--scales", "1.0,1.1,0.9", "--bands", "4"), "3 values for 4 bands");
        assertRefused(arguments("--scales", "1.0,-1.1"), "-1.1 must be positive");
        assertRefused(arguments("--scales", "1.0,,1"), "is no number");
        assertRefused(arguments("--scales", "1,1,1,1,1,1,1,1,1"), "8 RoPE pairs");
        for (String word : new String[] {"NaN,1", "0x1p0,1", "[1,1]", "0.9; 1,1", ","}) {
            assertRefused(arguments("--scales", word), "'" + word + "' is no list of numbers");
        }
        assertRefused(arguments("--scales", ""), "'' is no list of numbers");
        assertRefused(arguments("--scales", "1.0", "--mode", "both"), "--mode", "both");
        assertRefused(arguments("--bands", "4"), "--scales");
        assertRefused(arguments("--scales", scratch.resolve("none.json").toString()), "none.json");
        Path sidecar = Files.writeString(
                scratch.resolve("scales.json"),
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":1.1}]}");
        assertRefused(
                arguments("--scales", sidecar.toString()), "scales.json: bands over 4 RoPE pairs; the model has 8");
        assertRefused(arguments("--scales", sidecar.toString(), "--mode", "symmetric"), "mode is shared");
    }

    private static List<Object> arguments(String... more) {
        List<Object> arguments = new ArrayList<>(List.of("--model", MODEL, "--tokens", TOKENS));
        arguments.addAll(Arrays.asList(more));
        return arguments;
    }

    private static void assertRefused(List<Object> arguments, String... words) {
        List<Object> all = new ArrayList<>(List.of("eval"));
        all.addAll(arguments);
        CommandRun run = CommandRun.of(all.toArray());
        assertThat(run.code()).as("%s: %s", arguments, run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines().toList()).as(run.err()).hasSize(1);
        assertThat(run.err()).startsWith("qroar: ").contains(words);
    }

    @Test
    void memoryThatIsNotThereIsRefusedWithItsFigures() {
        CommandRun run = CommandRun.of("eval", "--model", MODEL, "--tokens", TOKENS, "--memory", "200K");
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines().toList()).hasSize(1);
        assertThat(run.err())
                .contains("cpu of this machine has 0.2 MiB to use (--memory), and this needs ")
                .contains("weights ", "keys and values ", "logits ");
        CommandRun quantize = CommandRun.of(
                "quantize",
                "--model",
                MODEL,
                "--quantize",
                "rtn:bits=4,group=32",
                "--out",
                scratch.resolve("out"),
                "--memory",
                "100K");
        assertThat(quantize.code()).as(quantize.err()).isEqualTo(4);
        assertThat(scratch.resolve("out")).doesNotExist();
    }
}
