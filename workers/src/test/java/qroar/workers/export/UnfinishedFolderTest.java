package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

class UnfinishedFolderTest {
    @TempDir
    private Path folder = Path.of("");

    private Path leftover(String name, String... files) throws IOException {
        Path left = Files.createDirectory(folder.resolve(name));
        for (String file : files) {
            Files.writeString(left.resolve(file), "x");
        }
        return left;
    }

    @Test
    void whatAKilledProcessLeftIsTakenAwayAndNothingElse() throws IOException {
        Path abandoned = leftover(".model.partial-1", UnfinishedFolder.LOCK, "model.safetensors");
        Path notTold = leftover(".model.partial-2", "model.safetensors");
        Path ofAnother = leftover(".model-2.partial-1", UnfinishedFolder.LOCK);
        Path target = folder.resolve("model");
        try (UnfinishedFolder underWay = UnfinishedFolder.beside(target)) {
            assertThat(abandoned).doesNotExist();
            NewFolder.fill(target, "a model", unfinished -> Files.writeString(unfinished.resolve("a"), "a"));
            assertThat(underWay.path()).as("held by a process that lives").exists();
        }
        assertThat(notTold).exists();
        assertThat(ofAnother).exists();
        try (Stream<Path> files = Files.list(target)) {
            assertThat(files).containsExactly(target.resolve("a"));
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(target, notTold, ofAnother);
        }
    }

    @Test
    void aFolderThatCouldNotBeFilledLeavesNothing() throws IOException {
        assertThatThrownBy(() -> NewFolder.fill(folder.resolve("model"), "a model", unfinished -> {
                    Files.writeString(unfinished.resolve("a"), "a");
                    throw new IOException("no more");
                }))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("no more");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }
}
