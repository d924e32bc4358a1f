package qroar.protocol.trial;

import java.util.Arrays;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/**
 * The type of a forward pass: of what linears take and give, of keys and values, and of the residual stream between
 * blocks. RMS norms, rotary products, softmax and losses are computed in float32 whatever it is. Part of a trial's
 * identity: another precision gives other losses.
 */
public enum Precision {
    FLOAT32("float32", 4, 24),
    FLOAT16("float16", 2, 11),
    BFLOAT16("bfloat16", 2, 8);

    /** The word for leaving the choice to the devices and the checkpoint. */
    public static final String AUTO = "auto";

    private final String word;
    private final int bytes;
    private final int significantBits;

    Precision(String word, int bytes, int significantBits) {
        this.word = word;
        this.bytes = bytes;
        this.significantBits = significantBits;
    }

    /** The word of the command line and of experiment files. */
    public String word() {
        return word;
    }

    /** Bytes of one number. */
    public int bytes() {
        return bytes;
    }

    /** Largest relative error of rounding to nearest: 2^-p for p significant bits. */
    public double unitRoundoff() {
        return Math.scalb(1.0, -significantBits);
    }

    /** All words that name a precision, {@link #AUTO} not among them. */
    public static String words() {
        return Arrays.stream(values()).map(Precision::word).collect(Collectors.joining(", "));
    }

    /** @throws BadInput naming the words that are understood */
    public static Precision ofWord(String word) {
        return Arrays.stream(values())
                .filter(precision -> precision.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new BadInput("precision '" + word + "' is unknown; use " + AUTO + ", " + words()));
    }
}
