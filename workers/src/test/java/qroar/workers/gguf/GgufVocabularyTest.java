package qroar.workers.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way from a file's metadata to tokenizer.json and back. */
class GgufVocabularyTest {
    private static final Path FORMATS = Path.of("src/test/resources/golden/formats");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "llama-bpe", "qwen2", "smollm", "spm"})
    void aTokenizerThatIsWrittenAgainIsTheSame(String name) throws IOException {
        GgufFile original = GgufFile.open(FORMATS.resolve("tokenizer-" + name + ".gguf"));
        byte[] json = GgufTokenizer.json(original);
        int size = original.texts("tokenizer.ggml.tokens").size();
        Map<String, Object> metadata = Objects.requireNonNull(GgufVocabulary.of(JSON.readTree(json), size + 3));
        metadata.put("general.architecture", "llama");
        if (original.has("tokenizer.ggml.bos_token_id")) {
            metadata.put("tokenizer.ggml.bos_token_id", original.integer("tokenizer.ggml.bos_token_id", 0, size));
        }
        Path file = scratch.resolve("again.gguf");
        try (GgufWriter writer =
                GgufWriter.create(file, metadata, List.of(new GgufWriter.Entry("x", BlockFormat.F32, 1)))) {
            writer.append("x", GgufWriter.room(4).putInt(0).flip());
            writer.finish();
        }
        GgufFile again = GgufFile.open(file);
        assertThat(again.texts("tokenizer.ggml.tokens").subList(0, size))
                .isEqualTo(original.texts("tokenizer.ggml.tokens"));
        JsonNode expected = JSON.readTree(json);
        JsonNode found = JSON.readTree(GgufTokenizer.json(again));
        for (String key : new String[] {"merges", "byte_fallback", "ignore_merges"}) {
            assertThat(found.path("model").path(key))
                    .as(key)
                    .isEqualTo(expected.path("model").path(key));
        }
        for (String key : new String[] {"normalizer", "pre_tokenizer", "post_processor", "added_tokens"}) {
            assertThat(found.path(key)).as(key).isEqualTo(expected.path(key));
        }
    }

    @Test
    void anUnknownSplittingHasNoName() throws IOException {
        String json = "{'model':{'type':'BPE','vocab':{'a':0}},'pre_tokenizer':{'type':'Split',"
                + "'pattern':{'Regex':'x+'}},'added_tokens':[]}";
        assertThat(GgufVocabulary.of(JSON.readTree(json.replace((char) 39, '"')), 4))
                .isNull();
    }
}
