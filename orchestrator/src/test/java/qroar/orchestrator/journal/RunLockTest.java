package qroar.orchestrator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

class RunLockTest {
    @TempDir
    Path folder;

    /** Holds a lock until it is killed. */
    static final class Holding {
        private Holding() {}

        public static void main(String[] args) throws IOException {
            RunLock lock = RunLock.acquire(Path.of(args[0]));
            System.out.println(lock.holder());
            System.in.read();
        }
    }

    @Test
    void aSecondProcessIsRefusedByNameUntilTheHolderDies() throws Exception {
        Path file = folder.resolve("run.lock");
        Process holding = ChildJvm.start(Holding.class, file.toString());
        try {
            String holder = holding.inputReader().readLine();
            assertThat(holder).startsWith("process " + holding.pid() + " on ");
            assertThat(RunLock.holder(file)).isNotNull().hasToString(holder);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> RunLock.acquire(file))
                        .isInstanceOf(BadInput.class)
                        .hasMessage("run " + folder + " is in use by " + holder);
            }
        } finally {
            holding.destroyForcibly().waitFor();
        }
        assertThat(RunLock.holder(file)).isNull();
        try (RunLock lock = RunLock.acquire(file)) {
            assertThat(lock.holder().pid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(Files.readString(file)).startsWith(lock.holder().pid() + " ");
        }
    }

    @Test
    void oneProcessTakesALockOnceAndLookingDoesNotLoseIt() throws Exception {
        Path file = folder.resolve("run.lock");
        assertThat(RunLock.holder(file)).isNull();
        RunLock lock = RunLock.acquire(file);
        assertThatThrownBy(() -> RunLock.acquire(folder.resolve("x/../run.lock")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(
                        "is in use by process " + ProcessHandle.current().pid());
        assertThat(RunLock.holder(file)).isEqualTo(lock.holder());
        Process other = ChildJvm.start(Holding.class, file.toString());
        assertThat(other.waitFor()).as("the other process is refused").isNotZero();
        lock.close();
        lock.close();
        assertThat(RunLock.holder(file)).isNull();
        RunLock.acquire(file).close();
    }

    @Test
    void rubbishInTheFileDoesNotMatterAndAFolderIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("run.lock"), "\u0000rubbish ".repeat(500));
        RunLock.acquire(file).close();
        assertThatThrownBy(() -> RunLock.acquire(folder))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("cannot be taken");
        assertThatThrownBy(() -> RunLock.acquire(folder.resolve("absent/run.lock")))
                .isInstanceOf(BadInput.class);
    }
}
