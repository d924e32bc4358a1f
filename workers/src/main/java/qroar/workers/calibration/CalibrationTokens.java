package qroar.workers.calibration;

import java.util.Arrays;
import java.util.List;
import qroar.protocol.BadInput;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.calibration.CalibrationBlocks;

/** Cuts calibration documents into sequences. */
public final class CalibrationTokens {
    private CalibrationTokens() {}

    /**
     * The documents' tokens behind each other, cut into consecutive blocks; a block may begin in one document and end in
     * the next. What is left over is not used.
     *
     * @param documents token ids, in order
     * @param sequences number of blocks, at least 1
     * @param lengthTokens tokens of a block, at least 2
     * @throws BadInput when the documents are too short, with what they have and what is needed
     */
    public static int[][] cut(List<int[]> documents, int sequences, int lengthTokens) {
        List<Integer> lengths =
                documents.stream().map(document -> document.length).toList();
        return cut(documents, BlockChoice.CONSECUTIVE.of(lengths, sequences, lengthTokens));
    }

    /** The tokens of blocks that were chosen for documents of these lengths. */
    public static int[][] cut(List<int[]> documents, CalibrationBlocks chosen) {
        int[][] sequences = new int[chosen.count()][chosen.lengthTokens()];
        for (int block = 0; block < sequences.length; block++) {
            int filled = 0;
            for (CalibrationBlocks.Piece piece : chosen.blocks().get(block).pieces()) {
                System.arraycopy(
                        documents.get(piece.document()), piece.from(), sequences[block], filled, piece.tokens());
                filled += piece.tokens();
            }
        }
        return sequences;
    }

    /** A copy, after checking what every calibrated quantizer asks of its sequences: equal lengths, known ids. */
    static int[][] checked(int[][] sequences, int vocabulary) {
        if (sequences.length == 0) {
            throw new BadInput("calibration: no sequences; AWQ and GPTQ need calibration documents");
        }
        int length = sequences[0].length;
        for (int s = 0; s < sequences.length; s++) {
            if (sequences[s].length != length || length < 2) {
                throw new BadInput("calibration: sequence " + s + " has " + sequences[s].length
                        + " tokens; all need the length of the first, " + length + ", and at least 2");
            }
            for (int i = 0; i < length; i++) {
                if (sequences[s][i] < 0 || sequences[s][i] >= vocabulary) {
                    throw new BadInput("calibration: token id " + sequences[s][i] + " at position " + i
                            + " of sequence " + s + " lies outside the vocabulary of " + vocabulary);
                }
            }
        }
        return Arrays.stream(sequences).map(int[]::clone).toArray(int[][]::new);
    }
}
