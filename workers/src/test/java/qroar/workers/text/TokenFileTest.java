package qroar.workers.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.BadInput;
import qroar.workers.checkpoint.Damage;

class TokenFileTest {
    @TempDir
    Path directory;

    private Path file(String json) throws IOException {
        return Files.writeString(directory.resolve("ids.json"), json);
    }

    @Test
    void objectAndBareArrayGiveTheSameDocument() throws IOException {
        TokenizedDocument bare = Documents.tokens(file("[1, 0, 255]"), 256);
        TokenizedDocument object =
                Documents.tokens(file("{\"description\":[[\"x\"]],\"tokens\":[1,0,255],\"n\":3}"), 256);
        assertThat(object).isEqualTo(bare);
        assertThat(bare.tokens()).containsExactly(1, 0, 255);
        assertThat(bare.ref().name()).isEqualTo("ids.json");
        // printf '\x01\0\0\0\0\0\0\0\xff\0\0\0' | sha256sum
        assertThat(bare.ref().digest()).isEqualTo("7fa22f747e2d2252f19583af94748acad5acb6f5a0f164b5bb2d0ea36e2bc3e1");
    }

    @Test
    void goldenTokenFilesAreRead() throws IOException {
        try (var files = Files.list(Path.of("src/test/resources/golden/tokens"))) {
            for (Path golden : files.toList()) {
                assertThat(Documents.tokens(golden, 256).tokens()[0]).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[1,2,256] | tokens[2] is 256; must be a whole number from 0 to 255, the vocabulary's last id",
                "{\"tokens\":[-1,2]} | tokens[0] is -1; must be",
                "[1,99999999999999999999999] | tokens[1] is 99999999999999999999999; must be",
                "[1,2.0] | tokens[1] is 2.0; must be",
                "[1,\"2\"] | tokens[1] is 2; must be",
                "[1,null] | tokens[1] is null; must be",
                "[1,[2]] | tokens[1] is [; must be",
                "[1] | 1 token; at least 2 are needed to predict one",
                "{\"tokens\":[]} | 0 tokens; at least 2",
                "{\"tokens\":3} | key 'tokens' is no array",
                "{\"ids\":[1,2]} | holds no token ids; give {\"tokens\":[...]} or a bare array",
                "3 | holds no token ids",
                "~~ | holds no token ids",
                "[1,2 | not valid JSON at line 1",
                "[1,2] 3 | goes on after its token ids",
                "{\"tokens\":[1,2],\"tokens\":[1,2]} | not valid JSON at line 1, column 25: Duplicate field 'tokens'",
            })
    void badFileIsRefusedInOneLine(String json, String message) throws IOException {
        Path file = file(json);
        assertThatThrownBy(() -> Documents.tokens(file, 256))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("ids.json: " + message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void absentFileAndDirectoryAreNamed() {
        assertThatThrownBy(() -> Documents.tokens(directory.resolve("x.json"), 256))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("x.json: no such file");
        assertThatThrownBy(() -> Documents.tokens(directory, 256))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("is a directory, not a file");
    }

    @Test
    void damagedFilesAreOnlyEverRefused() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] intact =
                "{\"description\": \"ids\", \"tokens\": [1, 17, 255, 3, 99, 128]}".getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            Path file = directory.resolve("ids.json");
            Damage.replace(file, Damage.of(intact, intact.length, random));
            try {
                assertThat(Arrays.stream(Documents.tokens(file, 256).tokens())).allMatch(id -> id >= 0 && id < 256);
            } catch (BadInput e) {
                refused++;
                assertThat(e.getMessage()).as("seed %d, round %d", seed, round).matches("[^\\p{Cntrl}]{1,800}");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
        System.out.println("token file fuzz: 3000 damaged files, " + refused + " refused, seed " + seed);
        assertThat(refused).as("seed %d", seed).isGreaterThan(1000);
    }
}
