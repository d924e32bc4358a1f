package qroar.workers.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;

class PackedTextTest {
    private static final String TEXT = "Zwölf Boxkämpfer, and\r\nthe rain in Spain.\n";

    @TempDir
    Path folder;

    enum Format {
        GZIP,
        ZSTD;

        byte[] pack(byte[] bytes) throws IOException {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (OutputStream out = this == GZIP ? new GZIPOutputStream(packed) : new ZstdOutputStream(packed)) {
                out.write(bytes);
            }
            return packed.toByteArray();
        }

        String word() {
            return this == GZIP ? "gzip" : "zstd";
        }
    }

    private Path file(byte[]... parts) throws IOException {
        Path file = folder.resolve("no-telling-name");
        try (OutputStream out = Files.newOutputStream(file)) {
            for (byte[] part : parts) {
                out.write(part);
            }
        }
        return file;
    }

    @ParameterizedTest
    @EnumSource
    void packedTextsReadAsWhatWasPacked(Format format) throws IOException {
        assertThat(PlainText.read(file(format.pack(("\ufeff" + TEXT).getBytes(UTF_8))), 1 << 20))
                .isEqualTo(TEXT);
        // cat a.gz b.gz is a file too.
        assertThat(PlainText.read(
                        file(format.pack(TEXT.getBytes(UTF_8)), format.pack("more".getBytes(UTF_8))), 1 << 20))
                .isEqualTo(TEXT + "more");
        assertThat(PlainText.read(file(format.pack(new byte[0])), 1 << 20)).isEmpty();
        try (TextLines lines = TextLines.open(file(format.pack(TEXT.getBytes(UTF_8))), 1 << 20, 100)) {
            assertThat(lines.next()).isEqualTo("Zwölf Boxkämpfer, and");
            assertThat(lines.next()).isEqualTo("the rain in Spain.");
            assertThat(lines.next()).isNull();
        }
        assertThat(TokenFile.read(file(format.pack("{\"tokens\":[1,2,3]}".getBytes(UTF_8))), 4))
                .containsExactly(1, 2, 3);
    }

    @Test
    void theToolsOwnFilesAreRead() throws IOException {
        // printf 'The rain in Spain falls mainly, mainly, mainly on the plain.\n' | zstd -19 --check (1.5.4), base64
        byte[] packed = Base64.getDecoder()
                .decode("KLUv/SQ9hQEA4gIKEMAdAzY50lgruEurIxhBQwhA3EWL5TheMTx0N7EhVMO7a/DmXcZySAEA764TTxWRoQ==");
        assertThat(PlainText.read(file(packed), 1 << 20))
                .isEqualTo("The rain in Spain falls mainly, mainly, mainly on the plain.\n");
        packed[packed.length - 1] ^= 1;
        Path damaged = file(packed);
        assertThatThrownBy(() -> PlainText.read(damaged, 1 << 20))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(damaged + ": is zstd and cannot be unpacked: ");
    }

    @ParameterizedTest
    @EnumSource
    void whatEndsTooEarlyIsRefused(Format format) throws IOException {
        byte[] whole = format.pack(TEXT.repeat(50).getBytes(UTF_8));
        for (int length = 4; length < whole.length; length++) {
            Path cut = file(Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> PlainText.read(cut, 1 << 20))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(BadInput.class)
                    .hasMessageStartingWith(cut + ": is " + format.word() + " and cannot be unpacked: ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void flippedBitsAreToldOrChangeNothing(Format format) throws IOException {
        byte[] whole = format.pack(TEXT.getBytes(UTF_8));
        for (int bit = 8 * 4; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Path file = file(flipped);
            try {
                assertThat(PlainText.read(file, 1 << 20)).as("bit %d", bit).isEqualTo(TEXT);
            } catch (BadInput e) {
                assertThat(e).hasMessageStartingWith(file + ": ");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 10, 1 << 20})
    void whatUnpacksToTooMuchIsRefused(int limit) throws IOException {
        Path bomb = file(Format.ZSTD.pack("a".repeat(4 * limit).getBytes(UTF_8)));
        assertThatThrownBy(() -> PlainText.read(bomb, limit))
                .isInstanceOf(BadInput.class)
                .hasMessage(bomb + ": more than " + limit + " bytes; at most " + limit + " are read here");
    }

    @Test
    void growthIsBoundedWhereSizesAreNot() throws IOException {
        Path bomb =
                file(Format.GZIP.pack(("x".repeat(99) + "\n").repeat(800_000).getBytes(UTF_8)));
        assertThatThrownBy(() -> {
                    try (TextLines lines = TextLines.open(bomb, 1L << 42, 100)) {
                        while (lines.next() != null) {}
                    }
                })
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("at most 67108864 are read here");
    }

    @Test
    void whatWasPackedTwiceIsNamed() throws IOException {
        Path twice = file(Format.GZIP.pack(Format.ZSTD.pack(TEXT.getBytes(UTF_8))));
        assertThatThrownBy(() -> PlainText.read(twice, 1 << 20))
                .isInstanceOf(BadInput.class)
                .hasMessage(twice + ": is no UTF-8 text but zstd within what was unpacked; unpack it once more");
    }
}
