package qroar.workers.worker;

import java.util.function.BooleanSupplier;

/** Raised once by the actor, polled by the forward pass. Thread-safe. */
public final class Cancellation implements BooleanSupplier {
    private volatile boolean raised;

    public void raise() {
        raised = true;
    }

    public boolean isRaised() {
        return raised;
    }

    @Override
    public boolean getAsBoolean() {
        return raised;
    }
}
