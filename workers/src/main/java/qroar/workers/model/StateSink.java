package qroar.workers.model;

/** Gets what a model's head reads of a document, in its order. */
public interface StateSink {
    /** @param rows hidden states behind the final norm of the next tokens, row after row; the receiver's to keep */
    void take(float[] rows);
}
