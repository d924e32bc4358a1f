package qroar.workers.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.GoldenCheckpoints;
import qroar.workers.tensors.SafetensorsWriter.Entry;

class SafetensorsWriterTest {
    @TempDir
    Path directory;

    private Path target() {
        return directory.resolve("model.safetensors");
    }

    @Test
    void whatIsWrittenInPiecesAndAnyOrderIsReadBack() throws IOException {
        float[] large = new float[700_001];
        for (int i = 0; i < large.length; i++) {
            large[i] = (i % 2001 - 1000) * 0.25f;
        }
        List<Entry> entries = List.of(
                new Entry("half", Dtype.F16, new long[] {3}),
                new Entry("brain \"quoted\"", Dtype.BF16, new long[] {large.length}),
                new Entry("full", Dtype.F32, new long[] {1, large.length}),
                new Entry("scalar", Dtype.F32, new long[0]),
                new Entry("none", Dtype.F32, new long[] {0, 4}));
        try (SafetensorsWriter writer = SafetensorsWriter.create(target(), entries, Map.of("format", "pt"))) {
            writer.append("full", large);
            writer.append("half", new float[] {1, -2.5f});
            writer.append(
                    "scalar",
                    ByteBuffer.allocate(4)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putFloat(3)
                            .flip());
            writer.append("brain \"quoted\"", large);
            writer.append("half", new float[] {Float.POSITIVE_INFINITY});
            assertThat(target()).doesNotExist();
            writer.finish();
        }
        SafetensorsHeader header = SafetensorsHeader.read(target());
        assertThat(read(header, "full")).isEqualTo(large);
        assertThat(read(header, "half")).containsExactly(1, -2.5f, Float.POSITIVE_INFINITY);
        assertThat(read(header, "scalar")).containsExactly(3);
        assertThat(read(header, "none")).isEmpty();
        assertThat(read(header, "brain \"quoted\"")).hasSize(large.length).contains(-250f, 0f, 250f);
        assertThat(header.locate("absent")).isNull();
        assertOnlyTheTargetIsThere();
    }

    @Test
    void copyOfACheckpointKeepsItsDigest() throws IOException {
        Checkpoint original = Checkpoint.open(GoldenCheckpoints.directory("tiny-llama-bf16-sharded"));
        List<Entry> entries = original.tensors().stream()
                .map(TensorLocation.class::cast)
                .map(t -> new Entry(t.name(), t.dtype(), t.shape()))
                .toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(target(), entries, Map.of())) {
            for (WeightSource tensor : original.tensors()) {
                writer.copy((TensorLocation) tensor);
            }
            writer.finish();
        }
        Files.copy(original.directory().resolve("config.json"), directory.resolve("config.json"));
        assertThat(Checkpoint.open(directory).digest()).isEqualTo(original.digest());
    }

    @Test
    void unfinishedFileLeavesNothingBehind() throws IOException {
        Files.writeString(target(), "the former file");
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(target(), List.of(new Entry("a", Dtype.F32, new long[] {2})), Map.of())) {
            writer.append("a", new float[] {1});
            assertThatThrownBy(writer::finish).hasMessage("tensor 'a' still lacks 4 bytes");
            assertThatThrownBy(() -> writer.append("a", new float[] {1, 2}))
                    .hasMessage("tensor 'a' has room for 4 more bytes, not 8");
            assertThatThrownBy(() -> writer.append("b", new float[] {1})).hasMessage("tensor 'b' was not announced");
        }
        assertThat(Files.readString(target())).isEqualTo("the former file");
        assertOnlyTheTargetIsThere();
    }

    @Test
    void sameNameTwiceIsRefusedBeforeAFileIsMade() throws IOException {
        Entry entry = new Entry("a", Dtype.F32, new long[] {2});
        assertThatThrownBy(() -> SafetensorsWriter.create(target(), List.of(entry, entry), Map.of()))
                .hasMessage("tensor 'a' is listed twice");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    /** The file is sparse: five gibibytes long, some kilobytes on the disk. */
    @Test
    void tensorsBeyondTwoGibibytesAreFound() throws IOException {
        long filler = (5L << 30) - 64;
        String json = "{\"filler\":{\"dtype\":\"BF16\",\"shape\":[" + filler / 2 + "],\"data_offsets\":[0," + filler
                + "]},\"far\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[" + filler + "," + (filler + 12)
                + "]}}";
        String padded = json + " ".repeat(8 - json.length() % 8);
        try (FileChannel channel = FileChannel.open(
                target(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer start = ByteBuffer.allocate(8 + padded.length()).order(ByteOrder.LITTLE_ENDIAN);
            start.putLong(padded.length()).put(padded.getBytes(StandardCharsets.UTF_8));
            channel.write(start.flip(), 0);
            ByteBuffer values = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
            values.putFloat(1).putFloat(-2).putFloat(3);
            channel.write(values.flip(), 8 + padded.length() + filler);
        }
        SafetensorsHeader header = SafetensorsHeader.read(target());
        TensorLocation far = Objects.requireNonNull(header.locate("far"));
        assertThat(far.absoluteByteOffset())
                .isEqualTo(8 + padded.length() + filler)
                .isGreaterThan(Integer.MAX_VALUE);
        assertThat(far.elementOffset() * 4).isEqualTo(far.absoluteByteOffset());
        assertThat(TensorBytes.readFloat32(far)).containsExactly(1, -2, 3);
        assertThatThrownBy(() -> read(header, "filler"))
                .hasMessageContaining("tensor 'filler' has 2684354528 elements");
    }

    private static float[] read(SafetensorsHeader header, String name) {
        return TensorBytes.readFloat32(Objects.requireNonNull(header.locate(name)));
    }

    private void assertOnlyTheTargetIsThere() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(target());
        }
    }
}
