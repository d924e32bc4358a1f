package qroar.protocol.trial;

import java.util.List;

/**
 * The texts a quantizer is calibrated on: their concatenated tokens, cut into consecutive blocks.
 *
 * @param documents in order
 * @param sequences number of blocks
 * @param lengthTokens tokens of a block
 */
public record Calibration(List<DocumentRef> documents, int sequences, int lengthTokens) {
    /** For quantizers that need none. */
    public static final Calibration NONE = new Calibration(List.of(), 0, 0);

    public Calibration {
        documents = List.copyOf(documents);
    }
}
