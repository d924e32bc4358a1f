package qroar.orchestrator.app.process;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.NoDevice;
import qroar.orchestrator.journal.JournalAddress;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.codec.JournalFormatException;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.protocol.StorageFault;
import qroar.workers.torch.DeviceOutOfMemory;
import qroar.workers.torch.UnusableDevice;

/**
 * What ended a command.
 *
 * @param code that the process ends with
 * @param line for a person, without what an address keeps secret
 */
public record Failure(ExitCode code, String line) {
    /** Whatever is no fault of a person's goes to the log with its trace. */
    public static Failure of(Throwable thrown) {
        if (thrown instanceof BadInput) {
            return new Failure(ExitCode.BAD_INPUT, said(thrown));
        }
        if (thrown instanceof NoDevice || thrown instanceof UnusableDevice) {
            return new Failure(ExitCode.NO_DEVICE, said(thrown));
        }
        if (thrown instanceof JournalDamage || thrown instanceof JournalFormatException) {
            return new Failure(ExitCode.FAILED, said(thrown));
        }
        if (thrown instanceof OutOfMemoryError || thrown instanceof StackOverflowError) {
            return new Failure(ExitCode.FAILED, tooMuch((VirtualMachineError) thrown));
        }
        DeviceOutOfMemory denied = innermost(thrown, DeviceOutOfMemory.class);
        if (denied != null) {
            log().info("the device's memory ran out", thrown);
            return new Failure(
                    ExitCode.NO_DEVICE,
                    said(denied) + ": the device is full, or a limit of this process (ulimit -v) is below what is free;"
                            + " --memory SIZE takes less, --placement mapped --order layer the least");
        }
        LinkageError notLoaded = innermost(thrown, LinkageError.class);
        if (notLoaded instanceof NoClassDefFoundError && notLoaded.getCause() instanceof ClassNotFoundException) {
            log().error("a class is missing", thrown);
            return new Failure(
                    ExitCode.FAILED,
                    "a part of this program is missing (" + OneLine.of(String.valueOf(notLoaded.getMessage()))
                            + "): it was built or installed again while this process ran, or not completely");
        }
        ExitCode code = notLoaded != null ? ExitCode.NO_DEVICE : ExitCode.FAILED;
        StorageFault fault = StorageFault.in(thrown);
        if (fault != null) {
            log().info("storage fault", thrown);
            return new Failure(code, said(fault));
        }
        if (notLoaded != null) {
            return new Failure(
                    code,
                    "a native library cannot be loaded: " + OneLine.of(String.valueOf(notLoaded.getMessage()))
                            + "; where its folder forbids executing (noexec), name another with DJL_CACHE_DIR");
        }
        log().error("unexpected failure", thrown);
        return new Failure(code, "unexpected " + OneLine.of(thrown.toString()));
    }

    /** A line that may name a journal's address, without its password. */
    public static String redacted(String line) {
        return OneLine.of(JournalAddress.redacted(line));
    }

    private static String said(Throwable thrown) {
        return redacted(String.valueOf(thrown.getMessage()));
    }

    /** The innermost of a kind among a failure and its causes; null where none is. */
    private static <T extends Throwable> @Nullable T innermost(Throwable failure, Class<T> kind) {
        T found = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (kind.isInstance(cause)) {
                found = kind.cast(cause);
            }
        }
        return found;
    }

    private static String tooMuch(VirtualMachineError e) {
        return e instanceof StackOverflowError
                ? "the input is nested too deeply for this process's stack"
                : "out of memory (" + OneLine.of(String.valueOf(e.getMessage())) + "): this process's heap has "
                        + Runtime.getRuntime().maxMemory() + " bytes; give it more with -Xmx";
    }

    /** Asked for when something is to be told, for starting the log takes longer than many a command. */
    private static Logger log() {
        return LoggerFactory.getLogger(Failure.class);
    }
}
