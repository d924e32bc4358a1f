package qroar.workers.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;

/** Tokenizers out of metadata encode as the libraries that they were trained with. */
class GgufTokenizerTest {
    private static final Path FORMATS = Path.of("src/test/resources/golden/formats");

    @TempDir
    Path scratch;

    private static long[] encode(GgufFile file, String text) throws IOException {
        Map<String, String> whole = Map.of("truncation", "false", "padding", "false");
        try (HuggingFaceTokenizer tokenizer =
                HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(GgufTokenizer.json(file)), whole)) {
            return tokenizer.encode(text, true, false).getIds();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "qwen2", "spm"})
    void idsAreTheTrainersOwn(String kind) throws IOException {
        GgufFile file = GgufFile.open(FORMATS.resolve("tokenizer-" + kind + ".gguf"));
        assertThat(GgufTokenizer.isIn(file)).isTrue();
        JsonNode golden = new ObjectMapper()
                .readTree(FORMATS.resolve("tokenizer-ids.json").toFile());
        String text = golden.get("text").textValue();
        long[] expected = LongStream.range(0, golden.get("ids").get(kind).size())
                .map(i -> golden.get("ids").get(kind).get((int) i).longValue())
                .toArray();
        assertThat(encode(file, kind.equals("spm") ? text : text + "<|end|>" + text))
                .containsExactly(expected);
    }

    @Test
    void anUnknownSplittingIsNamed() throws IOException {
        byte[] bytes = Files.readAllBytes(FORMATS.resolve("tokenizer-qwen2.gguf"));
        String latin = new String(bytes, StandardCharsets.ISO_8859_1);
        byte[] changed = latin.replace("qwen2", "qwenX").getBytes(StandardCharsets.ISO_8859_1);
        GgufFile file = GgufFile.open(Files.write(scratch.resolve("unknown.gguf"), changed));
        assertThat(GgufTokenizer.isIn(file)).isFalse();
        assertThatThrownBy(() -> GgufTokenizer.json(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("key 'tokenizer.ggml.pre' is qwenX; supported: gpt-2,")
                .hasMessageContaining("put the model's tokenizer.json beside the file");
    }

    @Test
    void everyCutOfAPieceIsAMerge() {
        assertThat(PieceMerges.of(
                        List.of("<unk>", "a", "b", "ab", "aba", "ba"),
                        new double[] {0, -3, -4, -1, -2, -0.5},
                        id -> id > 0))
                .extracting(merge -> merge.left() + "+" + merge.right())
                .containsExactly("b+a", "a+b", "a+ba", "ab+a");
    }
}
