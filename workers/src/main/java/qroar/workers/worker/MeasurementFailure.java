package qroar.workers.worker;

import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.StorageFault;
import qroar.protocol.message.CoordinatorMessage.Retry;
import qroar.workers.torch.UnusableDevice;

/**
 * What it means for a trial, and for the worker it was on, that its measurement failed.
 *
 * @param retry whether the trial is worth another try, and where
 * @param line for people: the class where the message alone would say little
 * @param storage of this machine, where that is what failed: no trial can be measured here until it is mended; null otherwise
 */
record MeasurementFailure(
        Retry retry, String line, @Nullable StorageFault storage) {
    /** How PyTorch begins where an operation failed in a script, before a trace and, last, what was wrong. */
    private static final String SCRIPT = "The following operation failed in the TorchScript interpreter";

    static MeasurementFailure of(Throwable failure) {
        StorageFault fault = failure instanceof NotHere || failure instanceof NoRoom ? null : StorageFault.in(failure);
        // As one line with what it made fail on its way.
        Throwable told = fault == null ? failure : fault;
        return new MeasurementFailure(retryAfter(told), line(told), fault);
    }

    private static Retry retryAfter(Throwable failure) {
        if (failure instanceof NotHere) {
            return Retry.ELSEWHERE;
        }
        if (failure instanceof NoRoom || failure instanceof StorageFault) {
            return Retry.LATER;
        }
        return failure instanceof BadInput ? Retry.POINTLESS : Retry.POSSIBLE;
    }

    private static String line(Throwable failure) {
        String text = String.valueOf(failure.getMessage());
        String message = text.startsWith(SCRIPT)
                ? UnusableDevice.firstLine(failure)
                : text.lines().findFirst().orElse("");
        boolean plain = failure instanceof BadInput
                || failure instanceof NotHere
                || failure instanceof NoRoom
                || failure instanceof StorageFault;
        return plain ? message : failure.getClass().getSimpleName() + ": " + message;
    }

    /** Whether the trial was handed back rather than failed. */
    boolean isDeclined() {
        return retry == Retry.ELSEWHERE || retry == Retry.LATER;
    }
}
