package qroar.reports.model;

import org.jspecify.annotations.Nullable;

/**
 * What the run took and what was saved.
 *
 * @param forwardTokens tokens that went through the model
 * @param savedByStopping tokens of the windows that stopped trials were wanted for and did not read
 * @param savedBySharing tokens that equal trials and cached results made unnecessary
 * @param exhaustiveTokens tokens of an exhaustive coordinate search under the strided protocol; null where not worked out
 * @param wallSeconds worked on the run, without the pauses before it was taken up again; NaN where a file of an earlier
 *     version does not say
 * @param workerSeconds time of all trials under lease, added up over workers; idle time is not in it, nor what a killed
 *     process had not ended
 * @param forwardTokensPerSecond over wallSeconds, all workers together; null where that is not known
 * @param quantizations how often a model was quantized
 * @param checkpointLoads how often a checkpoint was read
 * @param retries leases of a trial beyond its first that followed a failure; not those of documents that another worker took
 *     over from one who was at the trial
 * @param continuations the other leases beyond the first: of what a worker gave back, an interrupted process left, or was
 *     wanted later; null where a file of an earlier version counts them among the retries
 * @param lookAhead what was read before it was known to be needed; null where a file of an earlier version does not say
 * @param besides what of the forward tokens was not for the search and its figures; null where a file of an earlier version
 *     does not say
 */
public record RunCost(
        long forwardTokens,
        long savedByStopping,
        long savedBySharing,
        @Nullable Long exhaustiveTokens,
        double wallSeconds,
        double workerSeconds,
        @Nullable Double forwardTokensPerSecond,
        int quantizations,
        int checkpointLoads,
        int retries,
        @Nullable Integer continuations,
        @Nullable LookAhead lookAhead,
        @Nullable Besides besides) {
    /**
     * Documents of a trial that several workers read at a time.
     *
     * @param tokens scored tokens of windows that were measured while earlier ones of their trial were not
     * @param wasted tokens that went through the model for windows on which no answer rests: a stopping rule, another
     *     study's or a failure made them needless. On one worker these are what it had sent on when it was stopped
     */
    public record LookAhead(long tokens, long wasted) {}

    /**
     * Parts of {@code forwardTokens}.
     *
     * @param tasks tokens that went through the model for tasks
     * @param speculated scored tokens of windows that idle workers measured before a study asked for them
     * @param needless tokens that went through the model for trials which no study asked for then; of {@code tasks} and this
     *     nothing is part of the other
     */
    public record Besides(long tasks, long speculated, long needless) {}

    /** Tokens that the search and its figures took. */
    public long searchTokens() {
        Besides apart = besides;
        return forwardTokens - (apart == null ? 0 : apart.tasks() + apart.needless());
    }
}
