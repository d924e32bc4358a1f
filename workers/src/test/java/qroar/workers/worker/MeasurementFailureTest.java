package qroar.workers.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;
import qroar.protocol.StorageFault;
import qroar.protocol.message.CoordinatorMessage.Retry;

class MeasurementFailureTest {
    private static final Throwable DISK = new FileSystemException("/models/a", null, "No space left on device");

    @Test
    void storageThatFailsAnywhereBelowEndsTheWorkerAndGivesTheTrialBack() {
        MeasurementFailure failure = MeasurementFailure.of(new IllegalStateException("block 3", DISK));
        assertThat(failure.storage()).isNotNull();
        assertThat(failure.retry()).isEqualTo(Retry.LATER);
        assertThat(failure.isDeclined()).isTrue();
        assertThat(failure.line()).contains("block 3").endsWith("No space left on device");
        assertThat(MeasurementFailure.of(new StorageFault("/runs: full", DISK)).line())
                .isEqualTo("/runs: full");
    }

    /** Even where a disk had a part in it: the next trial may fit, or be there. */
    @Test
    void whatIsNotHereOrHasNoRoomIsAnotherWorkersAndNoFaultOfStorage() {
        Throwable notHere = new NotHere("no checkpoint 1234");
        notHere.initCause(DISK);
        assertThat(MeasurementFailure.of(notHere))
                .isEqualTo(new MeasurementFailure(Retry.ELSEWHERE, "no checkpoint 1234", null));
        assertThat(MeasurementFailure.of(new NoRoom("memory belongs to others")))
                .isEqualTo(new MeasurementFailure(Retry.LATER, "memory belongs to others", null));
    }

    @Test
    void badInputStaysBadAndAnythingElseIsTriedAgainWithItsClassNamed() {
        assertThat(MeasurementFailure.of(new BadInput("token id 7 lies outside")))
                .isEqualTo(new MeasurementFailure(Retry.POINTLESS, "token id 7 lies outside", null));
        MeasurementFailure other = MeasurementFailure.of(new IllegalStateException("overflow\nand a trace"));
        assertThat(other).isEqualTo(new MeasurementFailure(Retry.POSSIBLE, "IllegalStateException: overflow", null));
        assertThat(other.isDeclined()).isFalse();
        String script = """
                The following operation failed in the TorchScript interpreter.
                Traceback of TorchScript, serialized code (most recent call last):
                  File "code/__torch__.py", line 12, in block
                    q = torch.matmul(x, w)
                        ~~~~~~~~~~~~ <--- HERE
                RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB.
                """;
        assertThat(MeasurementFailure.of(new IllegalStateException(script)).line())
                .isEqualTo("IllegalStateException: RuntimeError: CUDA out of memory");
    }
}
