package qroar.protocol.trial;

/**
 * A model was brought onto a device for this trial, by the worker that streams it; the first element of its stream. Workers
 * that find the model there say nothing.
 */
public record ModelLoaded(Weights weights) implements Measurement {
    /** What became of the weights on the way. */
    public enum Weights {
        AS_STORED,
        QUANTIZED
    }
}
