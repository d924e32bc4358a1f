package qroar.workers.placement;

import java.util.Arrays;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/**
 * Where a model's weights rest while nobody computes with them. What is computed with is the same tensor wherever it
 * comes from, float32 or rounded to the precision once: no placement changes a digit.
 */
public enum Placement {
    /** On the device, in the type of the precision: fastest, and in float32 twice a checkpoint of 16 bits. */
    WIDENED("widened"),
    /**
     * On the device, in the type in which they are stored, quantized ones as packed integers; a layer is widened, or
     * de-quantized, when a chunk passes it.
     */
    STORED("stored"),
    /** In the checkpoint's files; a layer is read and widened, or quantized, when it is computed with. */
    MAPPED("mapped");

    private final String word;

    Placement(String word) {
        this.word = word;
    }

    /** The word of the command line. */
    public String word() {
        return word;
    }

    /** @throws BadInput naming the words that are understood */
    public static Placement ofWord(String word) {
        return Arrays.stream(values())
                .filter(placement -> placement.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new BadInput("placement '" + word + "' is unknown; use "
                        + Arrays.stream(values()).map(Placement::word).collect(Collectors.joining(", "))));
    }
}
