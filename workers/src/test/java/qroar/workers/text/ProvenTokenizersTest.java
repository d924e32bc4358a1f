package qroar.workers.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvenTokenizersTest {
    private static final Path DEMO = Path.of("../experiments/samples/demo/model/tokenizer.json");

    @TempDir
    Path cache;

    private String before = "";

    @BeforeEach
    void useACacheOfOurOwn() {
        before = System.getProperty("qroar.cache", "");
        System.setProperty("qroar.cache", cache.toString());
        ProvenTokenizers.forget();
    }

    @AfterEach
    void giveItBack() {
        System.setProperty("qroar.cache", before);
        ProvenTokenizers.forget();
    }

    @Test
    void aSoundTokenizerIsTriedOnceForAllProcesses() throws IOException {
        String json = Files.readString(DEMO);
        assertThat(ProvenTokenizers.isKnown(json)).isFalse();
        assertThat(ProvenTokenizers.problem(json)).isNull();
        assertThat(ProvenTokenizers.isKnown(json)).isTrue();
        // A process that begins now believes what it finds instead of starting a child.
        Path entry = entries().get(0);
        Files.writeString(entry, "is not what it was");
        ProvenTokenizers.forget();
        assertThat(ProvenTokenizers.problem(json)).isEqualTo("is not what it was");
    }

    @Test
    void whatBreaksInMakingOrInEncodingIsToldAndRemembered() throws IOException {
        String json = Files.readString(DEMO);
        int decoders = json.indexOf("\"decoder\"");
        String making = json.substring(0, decoders)
                + json.substring(decoders).replaceFirst("\"type\"\\s*:\\s*\"[A-Za-z]+\"", "\"type\": 1e309");
        assertThat(ProvenTokenizers.problem(making)).contains("breaks the tokenizer library", "code 134");
        String encoding =
                "{\"version\":\"1.0\",\"added_tokens\":[],\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0},"
                        + "\"unk_token\":\"a\"},\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
                        + "{\"id\":\"b\",\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[{\"Sequence\":"
                        + "{\"id\":\"A\",\"type_id\":0}},{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}],\"special_tokens\":{}}}";
        assertThat(ProvenTokenizers.problem(encoding)).contains("breaks the tokenizer library");
        assertThat(ProvenTokenizers.isKnown(encoding)).isTrue();
        assertThat(ProvenTokenizers.problem(encoding)).contains("breaks the tokenizer library");
    }

    @Test
    void whatTheLibraryTellsItselfIsNoCrash() {
        assertThat(ProvenTokenizers.problem("{}")).isNull();
        assertThat(ProvenTokenizers.problem("")).isNull();
        // Without a token for the unknown most of the probe's texts cannot be encoded; "a" can.
        assertThat(ProvenTokenizers.problem(
                        "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0},\"unk_token\":\"b\"}}"))
                .isNull();
    }

    @Test
    void aCacheThatCannotBeWrittenCostsNothingButTime() throws IOException {
        System.setProperty(
                "qroar.cache", Files.writeString(cache.resolve("file"), "").toString());
        assertThat(ProvenTokenizers.problem(Files.readString(DEMO))).isNull();
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> files = Files.list(cache.resolve("tokenizers"))) {
            return files.toList();
        }
    }
}
