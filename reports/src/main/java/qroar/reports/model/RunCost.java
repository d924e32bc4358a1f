package qroar.reports.model;

import org.jspecify.annotations.Nullable;

/**
 * What the run took and what was saved.
 *
 * @param forwardTokens tokens that went through the model
 * @param savedByStopping tokens that the stopping rule made unnecessary
 * @param savedBySharing tokens that equal trials and cached results made unnecessary
 * @param exhaustiveTokens tokens of an exhaustive coordinate search under the strided protocol; null where not worked out
 * @param wallSeconds time during which the run was worked on, pauses between resumptions left out
 * @param forwardTokensPerSecond over that time, all workers together; null before the first window
 * @param quantizations how often a model was quantized
 * @param checkpointLoads how often a checkpoint was read
 * @param retries attempts beyond the first of a trial
 */
public record RunCost(
        long forwardTokens,
        long savedByStopping,
        long savedBySharing,
        @Nullable Long exhaustiveTokens,
        double wallSeconds,
        @Nullable Double forwardTokensPerSecond,
        int quantizations,
        int checkpointLoads,
        int retries) {}
