package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Indexes that are wrong about what nobody reads do no harm; about what is read they are refused, naming it. */
class OddIndexTest {
    private static final String NORM = "model.norm.weight";

    @TempDir
    Path directory;

    @BeforeEach
    void oneShard() throws IOException {
        new MiniCheckpoint().write(directory);
        Files.move(directory.resolve("model.safetensors"), directory.resolve("a.safetensors"));
    }

    private void index(String... tensorsAndShards) throws IOException {
        StringBuilder json = new StringBuilder("{\"weight_map\":{");
        for (int i = 0; i < tensorsAndShards.length; i += 2) {
            json.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(tensorsAndShards[i])
                    .append("\":\"");
            json.append(tensorsAndShards[i + 1]).append('"');
        }
        Files.writeString(
                directory.resolve("model.safetensors.index.json"),
                json.append("}}").toString());
    }

    @Test
    void tensorsAndShardsThatNobodyReadsMayBeAbsent() throws IOException {
        index(NORM, "a.safetensors", "mtp.fc.weight", "a.safetensors", "visual.x", "vision.safetensors");
        assertThat(Checkpoint.open(directory).files()).containsExactly(directory.resolve("a.safetensors"));
    }

    @Test
    void tensorInAnotherShardThanTheIndexSaysIsFound() throws IOException {
        MiniCheckpoint other = new MiniCheckpoint();
        other.header.removeAll();
        other.dataBytes = 0;
        other.add("unread", "F32", 4, 2);
        Files.write(directory.resolve("b.safetensors"), other.weights());
        index("unread", "a.safetensors", NORM, "b.safetensors");
        assertThat(Checkpoint.open(directory).tensor(NORM).file()).isEqualTo(directory.resolve("a.safetensors"));
    }

    @Test
    void whatIsReadMustBeThere() throws IOException {
        index(NORM, "a.safetensors");
        MiniCheckpoint biased = new MiniCheckpoint();
        biased.config.put("mlp_bias", true);
        Files.writeString(directory.resolve("config.json"), biased.config.toString());
        index(NORM, "a.safetensors", "model.layers.0.mlp.gate_proj.bias", "a.safetensors");
        MalformedCheckpointTest.assertRefused(
                directory,
                "tensor 'model.layers.0.mlp.gate_proj.bias' is not in 'a.safetensors' where the index says it is");
        index(NORM, "a.safetensors", "model.layers.0.mlp.gate_proj.bias", "gone.safetensors");
        MalformedCheckpointTest.assertRefused(directory, "gone.safetensors: no such file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model (2).safetensors", "modèle+final=.safetensors", "[0]~{a},b;c'.safetensors", "a"})
    void oddNamesOfFilesInTheFolderAreRead(String name) throws IOException {
        Files.move(directory.resolve("a.safetensors"), directory.resolve(name));
        index(NORM, name);
        assertThat(Checkpoint.open(directory).files()).containsExactly(directory.resolve(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../a.safetensors",
                "/etc/passwd",
                "..",
                ".",
                ".hidden",
                "sub/a.safetensors",
                "a\\\\b",
                " ",
                "a\\u0000b"
            })
    void namesThatLeaveTheFolderAreNot(String name) throws IOException {
        index(NORM, name);
        MalformedCheckpointTest.assertRefused(directory, "must be the plain name of a file in the same folder");
    }
}
