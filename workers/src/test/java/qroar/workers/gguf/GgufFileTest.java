package qroar.workers.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.protocol.BadInput;
import qroar.workers.golden.GoldenTensors;

/** Blocks written and read by the {@code gguf} package, and headers that are spoilt. */
class GgufFileTest {
    private static final Path FORMATS = Path.of("src/test/resources/golden/formats");
    private static final Path BLOCKS = FORMATS.resolve("blocks.gguf");

    @TempDir
    Path scratch;

    @ParameterizedTest
    @EnumSource(BlockFormat.class)
    void everyFormatUnpacksAsItsReference(BlockFormat format) {
        GgufTensor tensor = Objects.requireNonNull(GgufFile.open(BLOCKS).tensor(format.name()));
        GoldenTensors expected = GoldenTensors.read(FORMATS.resolve("blocks-expected.safetensors"));
        assertThat(tensor.shape()).containsExactly(expected.shape(format.name()));
        assertThat(tensor.formatName()).isEqualTo(format.name());
        assertThat(tensor.dequantized())
                .usingElementComparator(Float::compare)
                .containsExactly(expected.floats(format.name()));
    }

    @Test
    void metadataIsRead() {
        GgufFile file = GgufFile.open(FORMATS.resolve("llama-q8_0.gguf"));
        assertThat(file.text("general.architecture")).isEqualTo("llama");
        assertThat(file.integer("llama.block_count", 1, 100)).isEqualTo(4);
        assertThat(file.number("llama.rope.freq_base")).isEqualTo(10_000);
        assertThatThrownBy(() -> file.integer("llama.block_count", 1, 2))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("'llama.block_count' is 4; must be a whole number from 1 to 2");
        assertThatThrownBy(() -> file.text("general.no_such_key"))
                .hasMessageContaining("'general.no_such_key' is missing");
    }

    private void assertRefused(byte[] bytes, String message) throws IOException {
        Path file = Files.write(scratch.resolve("spoilt.gguf"), bytes);
        assertThatThrownBy(() -> GgufFile.open(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
    }

    @Test
    void foreignAndTruncatedFilesAreRefused() throws IOException {
        byte[] whole = Files.readAllBytes(BLOCKS);
        assertRefused(new byte[0], "truncated");
        assertRefused("version https://git-lfs".getBytes(StandardCharsets.UTF_8), "GGUF");
        assertRefused(Arrays.copyOf(whole, 200), "truncated");
        assertRefused(Arrays.copyOf(whole, whole.length - 40), "truncated or damaged");
        byte[] newer = whole.clone();
        ByteBuffer.wrap(newer).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 9);
        assertRefused(newer, "version 9; supported: 2, 3");
        ByteBuffer.wrap(newer).order(ByteOrder.BIG_ENDIAN).putInt(4, 3);
        assertRefused(newer, "is a big-endian GGUF file; supported: little-endian ones");
        ByteBuffer.wrap(newer).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 1);
        assertRefused(newer, "has GGUF version 1; supported: 2, 3");
    }

    /** The smallest file of one key, {@code split.count}, and one tensor. */
    private static byte[] small(int parts, int format) {
        ByteBuffer out = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0x46554747).putInt(3).putLong(1).putLong(1);
        putText(out, "split.count");
        out.putInt(2).putShort((short) parts); // uint16
        putText(out, "w");
        out.putInt(1).putLong(256).putInt(format).putLong(0);
        return out.array();
    }

    private static void putText(ByteBuffer out, String text) {
        out.putLong(text.length()).put(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void typesThatAreNotReadAreNamed() throws IOException {
        assertRefused(small(1, 20), "tensor 'w' has type IQ4_NL (ggml type 20); supported: F32, ");
        assertRefused(small(1, 10), "tensor 'w' has type Q2_K (ggml type 10); supported: F32, ");
        assertRefused(small(1, 99), "tensor 'w' has ggml type 99; supported: F32, ");
    }

    @Test
    void aPartOfASplitModelIsRefused() throws IOException {
        assertRefused(small(2, 30), "key 'split.count' is 2; this is one of 2 files of a split model");
        Path whole = Files.write(scratch.resolve("whole.gguf"), small(1, 30));
        assertThat(GgufFile.open(whole).tensors()).containsOnlyKeys("w");
    }

    /** One bit of the offset of {@code blk.1.ffn_norm.weight}, which then lies inside another tensor, aligned as it should be. */
    @Test
    void aTensorThatLiesInAnotherIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(FORMATS.resolve("qwen2-q4_1.gguf"));
        byte[] name = "blk.1.ffn_norm.weight".getBytes(StandardCharsets.UTF_8);
        int at = 0;
        while (!Arrays.equals(whole, at, at + name.length, name, 0, name.length)) {
            at++;
        }
        // The name, one dimension, its size and the format stand before the offset.
        int offset = at + name.length + Integer.BYTES + Long.BYTES + Integer.BYTES;
        whole[offset] ^= 0x40;
        assertRefused(whole, "tensor 'blk.1.ffn_norm.weight' begins at byte ");
    }

    @Test
    void aSpoiltHeaderIsOnlyEverRefused() throws IOException {
        byte[] whole = Files.readAllBytes(FORMATS.resolve("qwen2-q4_1.gguf"));
        long seed = Long.getLong("seed", 41);
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            byte[] spoilt = whole.clone();
            int flips = 1 + random.nextInt(3);
            for (int flip = 0; flip < flips; flip++) {
                spoilt[random.nextInt(2600)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(scratch.resolve("spoilt.gguf"), spoilt);
            try {
                GgufFile.open(file);
            } catch (BadInput refused) {
                assertThat(refused.getMessage())
                        .as("seed " + seed + ", mutant " + i)
                        .startsWith(file + ": ");
            }
        }
    }
}
