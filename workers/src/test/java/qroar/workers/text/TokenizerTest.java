package qroar.workers.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;
import qroar.workers.config.ModelConfig;

class TokenizerTest {
    private static final Path DEMO = Path.of("../experiments/samples/demo");
    private static final Path MODEL = DEMO.resolve("model");
    private static final int BOS = 1;

    private static Tokenizer tokenizer;

    @TempDir
    Path directory;

    @BeforeAll
    static void openDemo() {
        tokenizer = open(MODEL);
    }

    @AfterAll
    static void closeDemo() {
        tokenizer.close();
    }

    private static Tokenizer open(Path model) {
        return Tokenizer.open(model, ModelConfig.read(model.resolve("config.json")));
    }

    @Test
    void demoDocumentsAreWholeBeginWithBosAndDecodeToTheirBytes() throws IOException {
        int shortest = Integer.MAX_VALUE;
        int longest = 0;
        try (var files = Files.list(DEMO.resolve("documents"))) {
            List<Path> documents = files.sorted().toList();
            assertThat(documents).hasSize(20);
            for (Path file : documents) {
                TokenizedDocument document = Documents.text(file, tokenizer);
                int[] tokens = document.tokens();
                shortest = Math.min(shortest, tokens.length);
                longest = Math.max(longest, tokens.length);
                assertThat(tokens[0]).isEqualTo(BOS);
                assertThat(Arrays.stream(tokens).filter(id -> id == BOS)).hasSize(1);
                assertThat(tokenizer.decode(tokens)).isEqualTo(Files.readString(file));
                assertThat(document.ref().name()).isEqualTo(file.getFileName().toString());
            }
        }
        System.out.println("demo documents: 20, BOS first, " + shortest + " to " + longest + " tokens");
        assertThat(shortest).isEqualTo(4210);
        assertThat(longest).isEqualTo(4406);
    }

    /** The digest is of ids from a byte-pair encoder written apart, in Python, from tokenizer.json alone. */
    @Test
    void idsAgreeWithAnIndependentEncoder() {
        TokenizedDocument document = Documents.text(DEMO.resolve("documents/search-05.txt"), tokenizer);
        assertThat(document.ref().tokens()).isEqualTo(4406);
        assertThat(document.ref().digest())
                .isEqualTo("d099ed4e61d433916127a2a7d356c85489be6ebfc038c9a6c7f96855f34a37ff");
    }

    @Test
    void everyCharacterComesBack() {
        String text = "h\u00e9llo \ud83e\udd8a \u0000 \u4e16\u754c\r\n\ttail . , ?";
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void continuationHasNoBosAndEmptyTextHasNothingElse() {
        assertThat(tokenizer.encodeContinuation(" and")).doesNotContain(BOS);
        assertThat(tokenizer.encode("")).containsExactly(BOS);
        assertThat(tokenizer.encodeContinuation("")).isEmpty();
    }

    @Test
    void bosIsPutInFrontWhereThePostProcessorDoesNot() throws IOException {
        copyDemo(null);
        try (Tokenizer bare = open(directory)) {
            assertThat(bare.encode("The town")).isEqualTo(tokenizer.encode("The town"));
            assertThat(bare.bosTokenId()).isEqualTo(BOS);
        }
        Files.writeString(
                directory.resolve("tokenizer_config.json"), "{\"add_bos_token\":false,\"bos_token\":\"<s>\"}");
        try (Tokenizer bare = open(directory)) {
            assertThat(bare.encode("The town")).isEqualTo(tokenizer.encodeContinuation("The town"));
        }
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"add_bos_token\":true,\"bos_token\":{\"content\":\"</s>\"}}");
        try (Tokenizer other = open(directory)) {
            assertThat(other.encode("The town")[0]).isEqualTo(2);
        }
        Files.delete(directory.resolve("tokenizer_config.json"));
        try (Tokenizer plain = open(directory)) {
            assertThat(plain.encode("The town")).isEqualTo(tokenizer.encodeContinuation("The town"));
            assertThat(plain.bosTokenId()).isEqualTo(BOS);
        }
    }

    /** The demo's files with another post-processor; null for none. */
    private void copyDemo(@Nullable ObjectNode postProcessor) throws IOException {
        JsonMapper mapper = new JsonMapper();
        ObjectNode json =
                (ObjectNode) mapper.readTree(MODEL.resolve("tokenizer.json").toFile());
        json.set("post_processor", postProcessor);
        mapper.writeValue(directory.resolve("tokenizer.json").toFile(), json);
        Files.copy(MODEL.resolve("tokenizer_config.json"), directory.resolve("tokenizer_config.json"));
        Files.copy(MODEL.resolve("config.json"), directory.resolve("config.json"));
    }

    @Test
    void unusableTokenizersAreRefusedInOneLine() throws IOException {
        copyDemo(null);
        Path config = directory.resolve("tokenizer_config.json");
        Files.writeString(config, "{\"add_bos_token\":true,\"bos_token\":\"the king\"}");
        assertRefused("tokenizer_config.json: key 'bos_token' is \"the king\"; must be one token of tokenizer.json");
        Files.writeString(config, "{\"add_bos_token\":1}");
        assertRefused("tokenizer_config.json: key 'add_bos_token' is 1; must be true or false");
        Files.writeString(directory.resolve("tokenizer.json"), "{\"version\":\"1.0\",\n\"model\":7}");
        assertRefused("tokenizer.json: cannot be read as a tokenizer");
        Files.delete(directory.resolve("tokenizer.json"));
        assertRefused("tokenizer.json: no such file; give token ids instead");
    }

    @Test
    void bosThatIsNoTokenIsRefusedOnlyWhereOneIsNeeded() throws IOException {
        copyDemo(null);
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"bos_token\":\"the king\"}");
        try (Tokenizer other = open(directory)) {
            assertThat(other.encode("The town")).isEqualTo(tokenizer.encodeContinuation("The town"));
            assertThatThrownBy(() -> other.encodeAfterBos("The town"))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("key 'bos_token' is \"the king\"; must be one token of tokenizer.json");
        }
    }

    @Test
    void sentencePieceModelAloneIsToldWithTheCommandThatConvertsIt() throws IOException {
        copyDemo(null);
        Files.delete(directory.resolve("tokenizer.json"));
        Files.writeString(directory.resolve("tokenizer.model"), "sentencepiece");
        assertRefused("tokenizer.json: no such file; tokenizer.model is converted by: python -c \"");
        assertRefused("AutoTokenizer");
        assertRefused(directory.toString());
    }

    @Test
    void eosThatThePostProcessorDoesNotAddIsNoted() throws IOException {
        copyDemo(null);
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"add_eos_token\":true,\"bos_token\":\"<s>\"}");
        try (Tokenizer open = open(directory)) {
            assertThat(open.notes()).singleElement().asString().contains("'add_eos_token' is true", "adds no EOS");
        }
    }

    @Test
    void idsBeyondTheVocabularyAreRefused() throws IOException {
        copyDemo(null);
        ObjectNode config = (ObjectNode)
                new JsonMapper().readTree(MODEL.resolve("config.json").toFile());
        Files.writeString(
                directory.resolve("config.json"), config.put("vocab_size", 300).toString());
        try (Tokenizer small = open(directory)) {
            assertThatThrownBy(() -> small.encode("The town of the people"))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("; config.json has vocab_size 300");
        }
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> open(directory).close())
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void textThatIsNotUtf8IsRefusedWithItsPlace() throws IOException {
        Path file = directory.resolve("bad.txt");
        Files.write(file, new byte[] {'a', 'b', (byte) 0xe9, 'c'});
        assertThatThrownBy(() -> Documents.text(file, tokenizer))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("bad.txt: is not valid UTF-8 at byte 2");
        Files.write(file, new byte[] {'a', (byte) 0xe2, (byte) 0x82});
        assertThatThrownBy(() -> Documents.text(file, tokenizer))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("bad.txt: is not valid UTF-8 at byte 1");
        Files.write(file, new byte[0]);
        assertThatThrownBy(() -> Documents.text(file, tokenizer))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("bad.txt: 1 token; at least 2 are needed");
        assertThatThrownBy(() -> Documents.text(directory.resolve("none.txt"), tokenizer))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("none.txt: no such file");
    }

    @Test
    void storiesArePackedEachAfterBos() throws IOException {
        Path file = Files.writeString(
                directory.resolve("stories.jsonl"),
                "{\"text\":\"skipped\"}\n\n{\"text\":\"One two three.\"}\n{\"text\":\"Four five.\",\"n\":1}\n"
                        + "{\"text\":\"Six.\"}\n{\"text\":\"Seven.\"}\n");
        int[] one = tokenizer.encode("One two three.");
        int[] four = tokenizer.encode("Four five.");
        int length = one.length + four.length - 1;
        TokenizedDocument packed =
                Documents.packed(file, tokenizer, new Packing(1, length, 1)).get(0);
        int[] expected = Arrays.copyOf(one, length);
        System.arraycopy(four, 0, expected, one.length, four.length - 1);
        assertThat(packed.tokens()).isEqualTo(expected);
        assertThat(packed.ref().name()).isEqualTo("stories.jsonl#0");
        List<TokenizedDocument> two = Documents.packed(file, tokenizer, new Packing(2, 3, 3));
        assertThat(two.get(0).tokens()).isEqualTo(Arrays.copyOf(tokenizer.encode("Six."), 3));
        assertThat(two.get(1).tokens()).isEqualTo(Arrays.copyOf(tokenizer.encode("Seven."), 3));
    }

    @Test
    void storyFilesThatCannotServeAreRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("stories.jsonl"), "{\"text\":\"One.\"}\n{\"txt\":\"Two.\"}\n");
        assertThatThrownBy(() -> Documents.packed(file, tokenizer, new Packing(1, 90, 0)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("stories.jsonl: line 2 has no string under the key 'text'");
        Files.writeString(file, "{\"text\":\"One.\"}\n{\"text\":");
        assertThatThrownBy(() -> Documents.packed(file, tokenizer, new Packing(1, 90, 0)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("stories.jsonl: line 2 is not valid JSON");
        Files.writeString(file, "{\"text\":\"One.\"}\n");
        assertThatThrownBy(() -> Documents.packed(file, tokenizer, new Packing(2, 90, 0)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("1 stories, 0 of them skipped, fill 0 documents of 90 tokens; 2 are asked for");
        Files.write(file, new byte[] {'{', (byte) 0xff});
        assertThatThrownBy(() -> Documents.packed(file, tokenizer, new Packing(1, 90, 0)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("stories.jsonl: is not valid UTF-8");
    }
}
