package qroar.reports.model;

/**
 * The checkpoint.
 *
 * @param name folder name, for people
 * @param digest SHA-256 (hex)
 * @param architecture {@code llama}, {@code mistral}, ...
 * @param parameters number of weights
 * @param layers decoder layers
 * @param queryHeads attention heads
 * @param keyValueHeads heads of keys and values
 * @param headDim d: d/2 RoPE pairs
 * @param ropeTheta base of the frequencies
 * @param trainedWindowTokens context length of training
 */
public record ModelSummary(
        String name,
        String digest,
        String architecture,
        long parameters,
        int layers,
        int queryHeads,
        int keyValueHeads,
        int headDim,
        double ropeTheta,
        int trainedWindowTokens) {}
