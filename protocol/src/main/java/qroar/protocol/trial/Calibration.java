package qroar.protocol.trial;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.calibration.CalibrationBlocks;

/**
 * The texts a quantizer is calibrated on, and what it reads of them.
 *
 * @param documents in order
 * @param sequences number of blocks
 * @param lengthTokens tokens of a block
 * @param choice from where in the documents they are taken
 */
public record Calibration(List<DocumentRef> documents, int sequences, int lengthTokens, BlockChoice choice) {
    private static final int TOLD = 8;

    /** For quantizers that need none. */
    public static final Calibration NONE = new Calibration(List.of(), 0, 0, BlockChoice.CONSECUTIVE);

    public Calibration {
        documents = List.copyOf(documents);
    }

    /**
     * What is read of which document.
     *
     * @throws qroar.protocol.BadInput where the documents do not have it
     */
    public CalibrationBlocks blocks() {
        return choice.of(documents.stream().map(DocumentRef::tokens).toList(), sequences, lengthTokens);
    }

    /** The same with the number and length of the blocks that there are; with the same blocks. */
    public Calibration fitted() {
        CalibrationBlocks blocks = blocks();
        return new Calibration(documents, blocks.count(), blocks.lengthTokens(), choice);
    }

    /** What is asked for in vain, for people; null where the documents have all of it. */
    public @Nullable String shortage() {
        CalibrationBlocks blocks = blocks();
        long asked = (long) sequences * lengthTokens;
        return blocks.tokens() == asked
                ? null
                : "asks for " + sequences + " x " + lengthTokens + " = " + asked
                        + " tokens; the calibration documents have " + blocks.count()
                        + (blocks.count() == 1 ? " block of " : " blocks of ") + blocks.lengthTokens() + ", "
                        + blocks.tokens() + " tokens, and all are taken";
    }

    /** How many tokens are read of which document, for people. */
    public String summary() {
        CalibrationBlocks blocks = blocks();
        long[] read = blocks.tokensOf(documents.size());
        List<String> parts = new ArrayList<>();
        int untold = 0;
        long untoldTokens = 0;
        int unread = 0;
        for (int i = 0; i < read.length; i++) {
            if (read[i] == 0) {
                unread++;
            } else if (parts.size() < TOLD) {
                parts.add(read[i] + " of " + documents.get(i).name());
            } else {
                untold++;
                untoldTokens += read[i];
            }
        }
        if (untold > 0) {
            parts.add(untoldTokens + " of " + untold + " more");
        }
        if (unread > 0) {
            parts.add("none of " + unread + " others");
        }
        return blocks.count() + " x " + blocks.lengthTokens() + " = " + blocks.tokens() + " tokens, " + choice.word()
                + ": " + String.join(", ", parts);
    }
}
