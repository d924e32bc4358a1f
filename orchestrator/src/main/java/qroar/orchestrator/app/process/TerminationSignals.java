package qroar.orchestrator.app.process;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.console.ExitCode;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * The first SIGTERM, SIGINT or SIGHUP (a closed terminal) asks the run to stop in order; a second one ends the process at
 * once, which the journal survives. A shutdown hook would not do: it cannot choose the exit code. A signal that the process
 * was started to ignore, SIGHUP under {@code nohup}, stays ignored.
 */
public final class TerminationSignals implements AutoCloseable {
    private static final String[] NAMES = {"TERM", "INT", "HUP"};

    private final CountDownLatch received = new CountDownLatch(1);
    private final AtomicReference<@Nullable String> name = new AtomicReference<>();
    private final @Nullable SignalHandler[] before = new SignalHandler[NAMES.length];

    public TerminationSignals() {
        for (int i = 0; i < NAMES.length; i++) {
            before[i] = handle(NAMES[i], this::onSignal);
        }
    }

    /** The handler so far; null where the platform has no such signal. */
    private static @Nullable SignalHandler handle(String name, SignalHandler handler) {
        try {
            return Signal.handle(new Signal(name), handler);
        } catch (IllegalArgumentException unknown) {
            return null;
        }
    }

    private void onSignal(Signal signal) {
        if (!name.compareAndSet(null, "SIG" + signal.getName())) {
            Runtime.getRuntime().halt(ExitCode.INCOMPLETE.code());
        }
        received.countDown();
    }

    /**
     * Waits for a signal.
     *
     * @return its name, or null when none came in time
     */
    public @Nullable String await(long millis) {
        try {
            return received.await(millis, TimeUnit.MILLISECONDS) ? name.get() : null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interruption";
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < NAMES.length; i++) {
            SignalHandler handler = before[i];
            if (handler != null) {
                handle(NAMES[i], handler);
            }
        }
    }
}
