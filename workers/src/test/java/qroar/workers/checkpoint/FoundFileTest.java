package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.workers.tensors.Conversion;

/** Files that are something else than their names say, told as what they are wherever one of them may stand. */
class FoundFileTest {
    private static final String POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 135\n";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.safetensors", "model.safetensors.index.json"})
    void pointersAndPagesAreToldInEveryPlace(String name) throws IOException {
        Path file = new MiniCheckpoint().write(directory).resolve(name);
        if (name.contains("index")) {
            Files.delete(directory.resolve("model.safetensors"));
        }
        Files.writeString(file, POINTER);
        assertRefused(name + ": a Git LFS pointer, not the file; fetch it with git lfs pull");
        Files.writeString(file, "\n <HTML><body>404</body></HTML>");
        assertRefused(name + ": ", "an HTML page");
        Files.writeString(file, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>");
        assertRefused(name + ": ", "an XML page");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "504b030414000000080000 | bytes 50 4b 03 04 14 00 00 00, a zip archive",
                "1f8b0800000000000003ab | bytes 1f 8b 08 00 00 00 00 00, gzip data",
                "80028a0a6cfc9c46f92068 | bytes 80 02 8a 0a 6c fc 9c 46, a Python pickle",
                "4747554603000000230000 | bytes 47 47 55 46 03 00 00 00, a GGUF file",
                "0000000000000000000000 | bytes 00 00 00 00 00 00 00 00, nothing but zeros",
                "7b226572726f72223a226e | '{\"error\"'",
                "456e747279206e6f742066 | 'Entry no'",
            })
    void otherFormatsInTheWeightsPlaceAreQuoted(String start, String quoted) throws IOException {
        byte[] bytes = new byte[64];
        byte[] head = HexFormat.of().parseHex(start);
        System.arraycopy(head, 0, bytes, 0, head.length);
        Files.write(new MiniCheckpoint().write(directory).resolve("model.safetensors"), bytes);
        assertRefused("does not begin as a safetensors file does; it begins with " + quoted);
    }

    @Test
    void linksToNowhereAreToldWithTheirTargets() throws IOException {
        for (String name : new String[] {"model.safetensors", "config.json"}) {
            Path file = new MiniCheckpoint().write(directory).resolve(name);
            Files.delete(file);
            Files.createSymbolicLink(file, Path.of("../../blobs/0a1b"));
            assertRefused(name + ": a link to ../../blobs/0a1b, which is not there (unfinished download?)");
            Files.delete(file);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model-00001-of-00003.safetensors | model-00001-of-00003.safetensors is here, but model.safetensors.index.json",
                "weights.safetensors | if weights.safetensors is the whole model, it has to be called model.safetensors",
                "adapter_model.safetensors | holds an adapter (adapter_model.safetensors)",
                "pytorch_model.bin | pytorch_model.bin is converted by: python -c \"",
                "pytorch_model-00001-of-00002.bin | glob.escape(d) + '/pytorch_model*.bin'",
                "model.pth | glob.escape(d) + '/model.pth'",
                "consolidated.00.pth | convert_llama_weights_to_hf.py --input_dir ",
                "tiny.gguf | tiny.gguf is a model by itself: name the file",
                "tf_model.h5 | weights in other formats have to be saved as safetensors first",
            })
    void foldersWithOtherWeightsSayWhatToDoWithThem(String name, String advice) throws IOException {
        Files.delete(new MiniCheckpoint().write(directory).resolve("model.safetensors"));
        Files.write(directory.resolve(name), "x".getBytes(StandardCharsets.UTF_8));
        assertRefused(advice);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "snapshots | this folder is a hub cache's: name one of its snapshots/*",
                "consolidated.00.pth | convert_llama_weights_to_hf.py",
                "adapter_config.json | holds an adapter (adapter_config.json)",
                "tiny.gguf | name the file",
            })
    void foldersWithoutConfigSayWhatTheyAre(String name, String advice) throws IOException {
        Files.createDirectory(directory.resolve(name));
        assertRefused("config.json: no such file; ");
        assertRefused(advice);
    }

    @Test
    void commandsQuoteFoldersAsShellsTakeThem() {
        assertThat(Conversion.quoted(Path.of("/models/llama-2_7b"))).isEqualTo("/models/llama-2_7b");
        assertThat(Conversion.quoted(Path.of("my model's"))).isEqualTo("'my model'\\''s'");
    }

    private void assertRefused(String... words) {
        for (String word : words) {
            MalformedCheckpointTest.assertRefused(directory, word);
        }
    }
}
