package qroar.orchestrator.coordinator;

import org.jspecify.annotations.Nullable;

/**
 * What a trial has cost so far, and who spent it. Immutable.
 *
 * @param attempts leases granted so far; the current one is the last
 * @param failures attempts that failed since the last window was measured
 * @param worker who runs or ran it last
 * @param cause why it or its last attempt failed
 * @param leasedAtMillis start of the current attempt
 * @param busyMillis time under lease of the attempts that ended
 * @param forwardTokens tokens that went through the model, as far as workers reported them
 * @param computeNanos time inside the forward pass, as far as workers reported it
 */
record Effort(
        int attempts,
        int failures,
        @Nullable String worker,
        @Nullable String cause,
        long leasedAtMillis,
        long busyMillis,
        long forwardTokens,
        long computeNanos) {
    static final Effort NONE = new Effort(0, 0, null, null, 0, 0, 0, 0);

    Effort leased(String by, long atMillis) {
        return new Effort(attempts + 1, failures, by, cause, atMillis, busyMillis, forwardTokens, computeNanos);
    }

    /** A window was measured: what failed before it does not count any more. */
    Effort fruitful() {
        return failures == 0 ? this : withFailures(0);
    }

    Effort failed() {
        return withFailures(failures + 1);
    }

    private Effort withFailures(int count) {
        return new Effort(attempts, count, worker, cause, leasedAtMillis, busyMillis, forwardTokens, computeNanos);
    }

    Effort because(@Nullable String why) {
        return new Effort(attempts, failures, worker, why, leasedAtMillis, busyMillis, forwardTokens, computeNanos);
    }

    Effort spent(long millis, long tokens, long nanos) {
        return new Effort(
                attempts,
                failures,
                worker,
                cause,
                leasedAtMillis,
                busyMillis + millis,
                forwardTokens + tokens,
                computeNanos + nanos);
    }
}
