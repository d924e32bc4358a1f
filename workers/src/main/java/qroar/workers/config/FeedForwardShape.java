package qroar.workers.config;

/**
 * The feed-forward part of every layer.
 *
 * @param width of its inner vector
 * @param bias whether gate, up and down are promised biases
 */
public record FeedForwardShape(int width, boolean bias) {}
