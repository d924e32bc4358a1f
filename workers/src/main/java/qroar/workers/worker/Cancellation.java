package qroar.workers.worker;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Raised once by the actor, asked by the forward pass before each block: how often it was asked tells how far the pass
 * came. Thread-safe.
 */
public final class Cancellation implements BooleanSupplier {
    private final AtomicLong asked = new AtomicLong();
    private volatile boolean raised;

    public void raise() {
        raised = true;
    }

    public boolean isRaised() {
        return raised;
    }

    /** How often {@link #getAsBoolean} was called. */
    long timesAsked() {
        return asked.get();
    }

    /** Whoever computes or waits asks this again and again. */
    @Override
    public boolean getAsBoolean() {
        asked.incrementAndGet();
        return raised;
    }
}
