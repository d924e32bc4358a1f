package qroar.orchestrator.app.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.NoDevice;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.protocol.BadInput;
import qroar.workers.torch.DeviceOutOfMemory;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.UnusableDevice;

/** What ends a command has a code and one line. */
class FailureTest {
    @Test
    void faultsOfAPersonAndOfAMachineSayWhatTheySay() {
        assertThat(Failure.of(new BadInput("two\nlines"))).isEqualTo(new Failure(ExitCode.BAD_INPUT, "two lines"));
        assertThat(Failure.of(new NoDevice("none"))).isEqualTo(new Failure(ExitCode.NO_DEVICE, "none"));
        assertThat(Failure.of(new UnusableDevice(TorchDevice.CPU, "wrong")).code())
                .isEqualTo(ExitCode.NO_DEVICE);
        assertThat(Failure.of(new JournalDamage("j", 3, "x")).code()).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void whatIsKeptSecretIsNotSaid() {
        String line = Failure.of(new BadInput("journal jdbc:postgresql://db/q?user=me&password=hush is away"))
                .line();
        assertThat(line).contains("jdbc:postgresql://db/q").doesNotContain("hush");
    }

    @Test
    void whatIsMissingOrTooLittleIsToldFromOurOwnFaults() {
        Failure library = Failure.of(new RuntimeException(new UnsatisfiedLinkError("libtorch.so")));
        assertThat(library.code()).isEqualTo(ExitCode.NO_DEVICE);
        assertThat(library.line()).contains("libtorch.so", "DJL_CACHE_DIR");
        Failure memory = Failure.of(new OutOfMemoryError("Java heap space"));
        assertThat(memory.code()).isEqualTo(ExitCode.FAILED);
        assertThat(memory.line()).contains("Java heap space", "-Xmx");
        Failure device = Failure.of(new IllegalStateException(
                new DeviceOutOfMemory("no memory for mapped", new IllegalStateException("unable to mmap"))));
        assertThat(device.code()).isEqualTo(ExitCode.NO_DEVICE);
        assertThat(device.line()).startsWith("no memory for mapped: ").contains("ulimit -v", "--memory");
        Failure disk = Failure.of(new UncheckedIOException(new IOException("No space left on device")));
        assertThat(disk.code()).isEqualTo(ExitCode.FAILED);
        assertThat(disk.line()).contains("No space left on device").doesNotContain("unexpected");
        Failure ours = Failure.of(new IllegalStateException("broken"));
        assertThat(ours).isEqualTo(new Failure(ExitCode.FAILED, "unexpected java.lang.IllegalStateException: broken"));
    }

    @Test
    void aMissingPartOfTheProgramIsNotCalledANativeLibrary() {
        NoClassDefFoundError replaced = new NoClassDefFoundError("qroar/workers/memory/MemoryGate");
        replaced.initCause(new ClassNotFoundException("qroar.workers.memory.MemoryGate"));
        Failure missing = Failure.of(new IllegalStateException(replaced));
        assertThat(missing.code()).isEqualTo(ExitCode.FAILED);
        assertThat(missing.line()).startsWith("a part of this program is missing (qroar/workers/memory/MemoryGate)");
    }
}
