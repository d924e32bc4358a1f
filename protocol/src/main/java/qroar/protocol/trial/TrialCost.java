package qroar.protocol.trial;

/**
 * The last element of a complete measurement stream.
 *
 * @param forwardTokens tokens that went through the model, a resumed document's prefix included
 * @param computeNanos wall time inside the forward pass
 */
public record TrialCost(long forwardTokens, long computeNanos) implements Measurement {}
