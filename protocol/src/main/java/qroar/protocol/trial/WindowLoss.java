package qroar.protocol.trial;

/**
 * The loss of one window.
 *
 * @param index which window of the plan
 * @param tokens scored tokens
 * @param nllNats sum of their negative log-likelihoods in nats, accumulated in double; NaN or infinite when the trial
 *     diverged
 */
public record WindowLoss(int index, int tokens, double nllNats) implements Measurement {}
