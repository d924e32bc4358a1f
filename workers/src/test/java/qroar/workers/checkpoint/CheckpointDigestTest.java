package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointDigestTest {
    @TempDir
    Path directory;

    @Test
    void everyGoldenCheckpointHasItsOwn() throws IOException {
        Set<String> digests = new HashSet<>();
        for (Path golden : GoldenCheckpoints.all()) {
            assertThat(digests.add(Checkpoint.open(golden).digest())).isTrue();
        }
        assertThat(digests).hasSize(8).allMatch(d -> d.matches("[0-9a-f]{64}"));
    }

    @Test
    void oneFlippedWeightBitChangesIt() throws IOException {
        String before = Checkpoint.open(new MiniCheckpoint().write(directory)).digest();
        Path file = directory.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        assertThat(Checkpoint.open(directory).digest()).isNotEqualTo(before);
    }

    @Test
    void onlyConfigKeysThatReachANumberChangeIt() throws IOException {
        MiniCheckpoint checkpoint = new MiniCheckpoint();
        String before = Checkpoint.open(checkpoint.write(directory)).digest();
        checkpoint
                .config
                .put("torch_dtype", "float32")
                .put("rms_norm_eps", 1e-6)
                .put("bos_token_id", 1);
        assertThat(Checkpoint.open(checkpoint.write(directory)).digest()).isEqualTo(before);
        checkpoint.config.putObject("rope_scaling").put("rope_type", "linear").put("factor", 2.0);
        String scaled = Checkpoint.open(checkpoint.write(directory)).digest();
        assertThat(scaled).isNotEqualTo(before);
        checkpoint.config.put("rms_norm_eps", 1e-5);
        assertThat(Checkpoint.open(checkpoint.write(directory)).digest()).isNotEqualTo(before);
    }

    @Test
    void unreadTensorsDoNotChangeIt() throws IOException {
        MiniCheckpoint checkpoint = new MiniCheckpoint();
        String before = Checkpoint.open(checkpoint.write(directory)).digest();
        checkpoint.add("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", 4, 2);
        assertThat(Checkpoint.open(checkpoint.write(directory)).digest()).isEqualTo(before);
    }

    @Test
    void rememberedDigestIsReusedUntilAFileChanges() throws IOException {
        Path cache = directory.resolve("cache/digests");
        Path model = Files.createDirectory(directory.resolve("model"));
        Checkpoint checkpoint = Checkpoint.open(new MiniCheckpoint().write(model));
        assertThat(checkpoint.digest(cache)).isEqualTo(checkpoint.digest());
        Path entry = only(cache);
        String planted = "0".repeat(64);
        Files.writeString(entry, planted);
        assertThat(checkpoint.digest(cache)).isEqualTo(planted);
        Files.writeString(entry, "torn");
        assertThat(checkpoint.digest(cache)).isEqualTo(checkpoint.digest());
        Files.writeString(entry, planted);
        Files.setLastModifiedTime(model.resolve("model.safetensors"), FileTime.fromMillis(12_345));
        assertThat(checkpoint.digest(cache)).isEqualTo(checkpoint.digest());
        try (Stream<Path> files = Files.list(model)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void folderThatCannotBeMadeCostsOnlyTime() throws IOException {
        Checkpoint checkpoint = Checkpoint.open(new MiniCheckpoint().write(directory));
        Path inTheWay = Files.writeString(directory.resolve("a-file"), "");
        assertThat(checkpoint.digest(inTheWay.resolve("cache"))).isEqualTo(checkpoint.digest());
    }

    private static Path only(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.reduce((a, b) -> {
                        throw new AssertionError(a + " and " + b);
                    })
                    .orElseThrow();
        }
    }
}
