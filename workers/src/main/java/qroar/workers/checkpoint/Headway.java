package qroar.workers.checkpoint;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How far the preparing of a model came, for whoever wants to tell slow work from a hang: reading, quantizing and packing
 * take a step with every tensor or sequence. It belongs to the work that a thread does in {@link #during}; where nobody
 * listens, a step costs a look at the thread. Any thread may read it.
 */
public final class Headway {
    private static final ThreadLocal<@Nullable Headway> OF_THREAD = new ThreadLocal<>();

    private final AtomicLong own = new AtomicLong();
    private volatile @Nullable Headway followed;

    /** What the calling thread's work is told to; one of nobody's where it is told to no one. */
    public static Headway ofThisThread() {
        Headway bound = OF_THREAD.get();
        return bound == null ? new Headway() : bound;
    }

    /** The calling thread came further. */
    public static void step() {
        Headway bound = OF_THREAD.get();
        if (bound != null) {
            bound.further();
        }
    }

    /** The work that this belongs to came further, on whatever thread. */
    public void further() {
        own.incrementAndGet();
    }

    /** Steps that the calling thread takes in the work count here. */
    public <T> T during(Supplier<T> work) {
        Headway before = OF_THREAD.get();
        OF_THREAD.set(this);
        try {
            return work.get();
        } finally {
            if (before == null) {
                OF_THREAD.remove();
            } else {
                OF_THREAD.set(before);
            }
        }
    }

    /** Another's steps count here from now on: what is waited for is done there. */
    public void follow(Headway other) {
        if (other != this) {
            followed = other;
        }
    }

    /** Taken so far; never fewer than before. */
    public long steps() {
        Headway other = followed;
        return own.get() + (other == null ? 0 : other.own.get());
    }
}
