package qroar.protocol.trial;

/**
 * A run of consecutive scored tokens of one document: the unit that is streamed, compared and stored.
 *
 * @param index position of the window in its plan, from 0
 * @param document index into the plan's documents
 * @param fromPosition position of the first scored token (the first token of a document, position 0, is never scored)
 * @param toPosition position after the last scored token
 */
public record WindowSpan(int index, int document, int fromPosition, int toPosition) {
    /** Number of scored tokens. */
    public int tokens() {
        return toPosition - fromPosition;
    }
}
