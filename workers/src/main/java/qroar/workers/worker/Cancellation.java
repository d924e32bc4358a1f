package qroar.workers.worker;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * How much of an attempt nobody wants: all of it once it is raised, or its later windows. Raised once by the actor, asked by
 * the forward pass before each block: how often it was asked tells how far the pass came. Thread-safe.
 */
public final class Cancellation implements BooleanSupplier {
    private final AtomicLong asked = new AtomicLong();
    private volatile boolean raised;
    private volatile int toWindow = Integer.MAX_VALUE;

    public void raise() {
        raised = true;
    }

    public boolean isRaised() {
        return raised;
    }

    /** Nobody wants the windows from there on of this attempt any more, for others measure them; it never takes any back. */
    public synchronized void curtail(int to) {
        toWindow = Math.min(toWindow, to);
    }

    /** Index after the last window that is wanted; the reading ends at the end of the chunk in which it sees this. */
    public int toWindow() {
        return toWindow;
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
