package qroar.orchestrator.coordinator.trial;

import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * What a trial has cost so far, and who spent it. Immutable.
 *
 * @param leases granted so far; the last is the number of the latest attempt
 * @param splits how many of these took documents from a worker that was at the trial, to measure them beside it
 * @param setbacks where attempts failed, by the window
 * @param worker who was given a lease of it last
 * @param cause why it or its last attempt failed
 * @param busyMillis time under lease of the attempts that ended
 * @param forwardTokens tokens that went through the model, as far as workers reported them
 * @param computeNanos time inside the forward pass, as far as workers reported it
 * @param aheadTokens scored tokens of windows that were measured before earlier ones were
 * @param speculatedTokens scored tokens of windows that were measured before anybody asked for them
 */
public record Effort(
        int leases,
        int splits,
        PMap<Integer, Setback> setbacks,
        @Nullable String worker,
        @Nullable String cause,
        long busyMillis,
        long forwardTokens,
        long computeNanos,
        long aheadTokens,
        long speculatedTokens) {
    static final Effort NONE = new Effort(0, 0, HashTreePMap.empty(), null, null, 0, 0, 0, 0, 0);

    /** Most failures at one place. */
    int failures() {
        return setbacks.values().stream().mapToInt(Setback::failures).max().orElse(0);
    }

    /** Whether the last failure at some place was this worker's. */
    public boolean hasFailedOn(String by) {
        return setbacks.values().stream().anyMatch(setback -> setback.worker().equals(by));
    }

    public int failuresAt(int window) {
        Setback setback = setbacks.get(window);
        return setback == null ? 0 : setback.failures();
    }

    Effort leased(String by) {
        return new Effort(
                leases + 1,
                splits,
                setbacks,
                by,
                cause,
                busyMillis,
                forwardTokens,
                computeNanos,
                aheadTokens,
                speculatedTokens);
    }

    Effort split() {
        return new Effort(
                leases,
                splits + 1,
                setbacks,
                worker,
                cause,
                busyMillis,
                forwardTokens,
                computeNanos,
                aheadTokens,
                speculatedTokens);
    }

    /** Windows were measured: what failed there before does not count any more. */
    Effort passed(int fromWindow, int toWindow) {
        PMap<Integer, Setback> left = setbacks;
        for (Setback setback : setbacks.values()) {
            if (setback.window() >= fromWindow && setback.window() < toWindow) {
                left = left.minus(setback.window());
            }
        }
        return withSetbacks(left);
    }

    Effort failedAt(int window, String by) {
        return withSetbacks(setbacks.plus(window, new Setback(window, failuresAt(window) + 1, by)));
    }

    private Effort withSetbacks(PMap<Integer, Setback> all) {
        return new Effort(
                leases,
                splits,
                all,
                worker,
                cause,
                busyMillis,
                forwardTokens,
                computeNanos,
                aheadTokens,
                speculatedTokens);
    }

    Effort because(@Nullable String why) {
        return new Effort(
                leases,
                splits,
                setbacks,
                worker,
                why,
                busyMillis,
                forwardTokens,
                computeNanos,
                aheadTokens,
                speculatedTokens);
    }

    Effort spent(long millis, long tokens, long nanos) {
        return new Effort(
                leases,
                splits,
                setbacks,
                worker,
                cause,
                busyMillis + millis,
                forwardTokens + tokens,
                computeNanos + nanos,
                aheadTokens,
                speculatedTokens);
    }

    Effort ahead(long tokens) {
        return new Effort(
                leases,
                splits,
                setbacks,
                worker,
                cause,
                busyMillis,
                forwardTokens,
                computeNanos,
                aheadTokens + tokens,
                speculatedTokens);
    }

    Effort speculated(long tokens) {
        return new Effort(
                leases,
                splits,
                setbacks,
                worker,
                cause,
                busyMillis,
                forwardTokens,
                computeNanos,
                aheadTokens,
                speculatedTokens + tokens);
    }
}
