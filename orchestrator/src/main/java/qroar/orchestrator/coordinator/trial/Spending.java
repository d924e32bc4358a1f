package qroar.orchestrator.coordinator.trial;

/**
 * What a trial has cost so far.
 *
 * @param busyMillis time under lease of the attempts that ended
 * @param forwardTokens tokens that went through the model, as far as workers reported them
 * @param computeNanos time inside the forward pass, as far as workers reported it
 * @param aheadTokens scored tokens of windows that were measured before earlier ones were
 * @param speculatedTokens scored tokens of windows that were measured before anybody asked for them
 */
public record Spending(
        long busyMillis, long forwardTokens, long computeNanos, long aheadTokens, long speculatedTokens) {
    static final Spending NONE = new Spending(0, 0, 0, 0, 0);

    static Spending ofLease(long millis) {
        return new Spending(millis, 0, 0, 0, 0);
    }

    static Spending ofForward(long tokens, long nanos) {
        return new Spending(0, tokens, nanos, 0, 0);
    }

    static Spending ahead(long tokens) {
        return new Spending(0, 0, 0, tokens, 0);
    }

    static Spending speculated(long tokens) {
        return new Spending(0, 0, 0, 0, tokens);
    }

    Spending plus(Spending more) {
        return new Spending(
                busyMillis + more.busyMillis,
                forwardTokens + more.forwardTokens,
                computeNanos + more.computeNanos,
                aheadTokens + more.aheadTokens,
                speculatedTokens + more.speculatedTokens);
    }
}
