package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.protocol.BadInput;

/** Every way in which weights can be malformed ends in one line that names file and tensor. */
class MalformedCheckpointTest {
    private static final String FILE = "model.safetensors: ";
    private static final String TENSOR = FILE + "tensor '" + MiniCheckpoint.VICTIM + "' ";

    @TempDir
    Path directory;

    interface Spoil {
        void apply(MiniCheckpoint checkpoint);
    }

    private enum Header {
        GAP(
                c -> c.header.remove(MiniCheckpoint.VICTIM),
                "down_proj.weight' begins at 2816 and leaves a gap after 2432; the format allows none"),
        LAST_TENSOR_MISSING(
                c -> {
                    c.header.remove("model.norm.weight");
                    c.dataBytes -= 32;
                },
                FILE + "tensor 'model.norm.weight' is missing; config.json asks for it with shape [8]"),
        WRONG_SHAPE(
                c -> c.tensor(MiniCheckpoint.VICTIM).putArray("shape").add(8).add(12),
                TENSOR + "has shape [8, 12]; config.json asks for [12, 8]"),
        SHAPE_IS_NOT_ITS_BYTES(
                c -> c.tensor(MiniCheckpoint.VICTIM).putArray("shape").add(12).add(9),
                TENSOR + "has shape [12, 9] of F32, 432 bytes, but its data_offsets span 384"),
        SHAPE_OVERFLOWS(
                c -> c.tensor(MiniCheckpoint.VICTIM)
                        .putArray("shape")
                        .add(1L << 40)
                        .add(1L << 40),
                TENSOR + "has shape [1099511627776, 1099511627776], more bytes than a file can have"),
        NEGATIVE_DIMENSION(
                c -> c.tensor(MiniCheckpoint.VICTIM).putArray("shape").add(-12).add(-8),
                TENSOR + "has -12 in shape; must be whole numbers from 0 to 9223372036854775807"),
        FRACTIONAL_DIMENSION(
                c -> c.tensor(MiniCheckpoint.VICTIM).putArray("shape").add(12.0).add(8), TENSOR + "has 12.0 in shape"),
        UNKNOWN_DTYPE(
                c -> c.tensor(MiniCheckpoint.VICTIM).put("dtype", "FLOAT"),
                TENSOR + "has unknown dtype 'FLOAT'; supported: F32, F16, BF16"),
        DTYPE_THAT_CANNOT_BE_RUN(
                c -> c.tensor(MiniCheckpoint.VICTIM).put("dtype", "I32"),
                TENSOR + "has dtype I32; supported: F32, F16, BF16"),
        NO_DTYPE(c -> c.tensor(MiniCheckpoint.VICTIM).remove("dtype"), TENSOR + "lacks dtype, shape or data_offsets"),
        UNKNOWN_KEY(c -> c.tensor(MiniCheckpoint.VICTIM).put("stride", 1), TENSOR + "has an unknown key 'stride'"),
        NEGATIVE_OFFSET(c -> c.offsets(MiniCheckpoint.VICTIM, -4, 380), TENSOR + "has -4 in data_offsets"),
        HUGE_OFFSET(
                c -> c.offsets(MiniCheckpoint.VICTIM, Long.MAX_VALUE - 384, Long.MAX_VALUE),
                TENSOR + "ends at byte 9223372036854775807 of the data, but the file has only 3296 bytes"),
        ENDS_BEFORE_IT_BEGINS(
                c -> c.offsets(MiniCheckpoint.VICTIM, 384, 0), TENSOR + "ends at 0 before it begins at 384"),
        THREE_OFFSETS(
                c -> c.tensor(MiniCheckpoint.VICTIM)
                        .putArray("data_offsets")
                        .add(0)
                        .add(1)
                        .add(2),
                TENSOR + "has more than 2 numbers in data_offsets"),
        ONE_OFFSET(
                c -> c.tensor(MiniCheckpoint.VICTIM).putArray("data_offsets").add(0),
                TENSOR + "has data_offsets with 1 numbers; must be 2"),
        OVERLAP(
                c -> c.offsets(MiniCheckpoint.VICTIM, 0, 384),
                "overlaps tensor '" + MiniCheckpoint.VICTIM + "': it begins at 0"),
        BYTES_AFTER_THE_LAST(c -> c.dataBytes += 5, FILE + "has 5 bytes after its last tensor"),
        DATA_CUT(
                c -> c.dataBytes -= 1,
                "ends at byte 3296 of the data, but the file has only 3295 bytes of data; it is truncated"),
        NO_JSON(c -> c.headerText = "{\"a\":", FILE + "header is not valid JSON at line 1"),
        AN_ARRAY(c -> c.headerText = "[]      ", FILE + "header is not a JSON object"),
        TRAILING_TEXT(
                c -> {
                    c.headerText = "{}{}    ";
                    c.dataBytes = 0;
                },
                FILE + "header goes on after its JSON object"),
        NAME_WITH_NEWLINE(c -> c.add("a\nb", "X", 4, 1), FILE + "tensor 'a b' has unknown dtype 'X'"),
        NAME_TWICE(
                c -> c.headerText = "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{}}",
                FILE + "header is not valid JSON at line 1, column 58: Duplicate field 'a'");

        private final Spoil spoil;
        private final String message;

        Header(Spoil spoil, String message) {
            this.spoil = spoil;
            this.message = message;
        }
    }

    @ParameterizedTest
    @EnumSource(Header.class)
    void spoiltHeaderIsRefusedInOneLine(Header spoilt) throws IOException {
        MiniCheckpoint checkpoint = new MiniCheckpoint();
        spoilt.spoil.apply(checkpoint);
        assertRefused(checkpoint.write(directory), spoilt.message);
    }

    @Test
    void unspoiltCheckpointOpens() throws IOException {
        MiniCheckpoint checkpoint = new MiniCheckpoint();
        checkpoint.add("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", 4, 2);
        checkpoint.add("model.layers.0.self_attn.masked_bias", "BOOL", 1, 3);
        assertThat(Checkpoint.open(checkpoint.write(directory)).tensors()).hasSize(12);
    }

    @Test
    void fileOfFewerThanEightBytesIsRefused() throws IOException {
        Path file = new MiniCheckpoint().write(directory).resolve("model.safetensors");
        Files.write(file, new byte[7]);
        assertRefused(directory, FILE + "7 bytes; a safetensors file has at least 8");
    }

    @ParameterizedTest
    @CsvSource({
        "100000001, header length 100000001 bytes; must be from 2 to 100000000",
        "-1, header length 18446744073709551615 bytes; must be from 2 to 100000000",
        "0, header length 0 bytes; must be from 2 to 100000000",
        "99999999, header of 99999999 bytes is larger than the file of"
    })
    void impossibleHeaderLengthIsRefused(long length, String message) throws IOException {
        Path file = new MiniCheckpoint().write(directory).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        Files.write(file, bytes);
        assertRefused(directory, FILE + message);
    }

    @Test
    void truncationAnywhereIsRefused() throws IOException {
        Path file = new MiniCheckpoint().write(directory).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        for (int length = 0; length < bytes.length; length += 13) {
            Files.write(file, Arrays.copyOf(bytes, length));
            assertRefused(directory, FILE);
        }
    }

    @Test
    void missingPiecesAreNamed() throws IOException {
        assertRefused(directory.resolve("nowhere"), "nowhere: no such directory");
        assertRefused(directory, "config.json: no such file");
        assertRefused(new MiniCheckpoint().write(directory).resolve("config.json"), "config.json: not a directory");
        Files.delete(directory.resolve("model.safetensors"));
        assertRefused(directory, "has neither model.safetensors nor model.safetensors.index.json");
        Files.createDirectory(directory.resolve("model.safetensors"));
        assertRefused(directory, FILE + "is a directory, not a file");
    }

    @Test
    void shardsMustHoldWhatTheIndexSays() throws IOException {
        String index = "model.safetensors.index.json";
        new MiniCheckpoint().write(directory);
        Files.move(directory.resolve("model.safetensors"), directory.resolve("a.safetensors"));
        Files.copy(directory.resolve("a.safetensors"), directory.resolve("b.safetensors"));
        writeIndex("{}");
        assertRefused(directory, index + ": key 'weight_map' is missing");
        writeIndex("{\"weight_map\":{\"lm_head.weight\":\"c.safetensors\"}}");
        assertRefused(directory, "c.safetensors: no such file");
        writeIndex("{\"weight_map\":{\"lm_head.weight\":\"../a.safetensors\"}}");
        assertRefused(directory, index + ": shard '../a.safetensors' must be the plain name of a file");
        writeIndex("{\"weight_map\":{\"model.layers.0.mlp.up_proj.bias\":\"a.safetensors\"}}");
        MiniCheckpoint promised = new MiniCheckpoint();
        promised.config.put("mlp_bias", true);
        Files.writeString(directory.resolve("config.json"), promised.config.toString());
        assertRefused(directory, "tensor 'model.layers.0.mlp.gate_proj.bias' is missing");
        Files.writeString(directory.resolve("config.json"), new MiniCheckpoint().config.toString());
        writeIndex("{\"weight_map\":{\"x\":7}}");
        assertRefused(directory, index + ": key 'weight_map.x' is 7; must be a string");
        writeIndex("{\"weight_map\":{\"lm_head.weight\":\"a.safetensors\",\"model.norm.weight\":\"b.safetensors\"}}");
        assertRefused(directory, "is also in a.safetensors");
        writeIndex("{\"weight_map\":{\"lm_head.weight\":\"a.safetensors\"}}");
        assertThat(Checkpoint.open(directory).files()).containsExactly(directory.resolve("a.safetensors"));
    }

    private void writeIndex(String json) throws IOException {
        Files.writeString(directory.resolve("model.safetensors.index.json"), json);
    }

    static void assertRefused(Path directory, String message) {
        assertThatThrownBy(() -> Checkpoint.open(directory))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }
}
