package qroar.protocol.calibration;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/** From where in the calibration documents blocks are taken. */
public enum BlockChoice {
    /** From all documents in turn, evenly over each. */
    SPREAD("spread"),
    /** The documents' tokens behind each other, from the first token of the first: all that there was once. */
    CONSECUTIVE("consecutive");

    private final String word;

    BlockChoice(String word) {
        this.word = word;
    }

    /** The word of the command line and of experiment files. */
    public String word() {
        return word;
    }

    /** All words, in order. */
    public static List<String> words() {
        return Arrays.stream(values()).map(BlockChoice::word).collect(Collectors.toList());
    }

    /** @throws BadInput naming the words that are understood */
    public static BlockChoice ofWord(String word) {
        return Arrays.stream(values())
                .filter(choice -> choice.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new BadInput(
                        "calibration blocks '" + word + "' are unknown; use " + String.join(" or ", words())));
    }

    /**
     * The blocks of documents of these lengths.
     *
     * @param documentTokens tokens of each document, in order
     * @param sequences number of blocks that are asked for, at least 1
     * @param lengthTokens tokens of a block, at least 2
     * @throws BadInput when the documents are too short, with what they have and what is needed
     */
    public CalibrationBlocks of(List<Integer> documentTokens, int sequences, int lengthTokens) {
        if (sequences < 1) {
            throw new BadInput("calibration: sequences=" + sequences + " must be at least 1");
        }
        if (lengthTokens < 2) {
            throw new BadInput("calibration: length=" + lengthTokens + " must be at least 2 tokens");
        }
        return this == SPREAD
                ? SpreadBlocks.of(documentTokens, sequences, lengthTokens)
                : ConsecutiveBlocks.of(documentTokens, sequences, lengthTokens);
    }
}
