package qroar.protocol.calibration;

import java.util.ArrayList;
import java.util.List;

/**
 * Equal blocks of the calibration documents' tokens, in the order in which a quantizer reads them.
 *
 * @param blocks at least one
 * @param lengthTokens tokens of each
 */
public record CalibrationBlocks(List<Block> blocks, int lengthTokens) {
    public CalibrationBlocks {
        blocks = List.copyOf(blocks);
    }

    /**
     * One sequence.
     *
     * @param pieces behind each other; more than one where it runs on from one document into the next
     */
    public record Block(List<Piece> pieces) {
        public Block {
            pieces = List.copyOf(pieces);
        }
    }

    /**
     * Tokens of one document.
     *
     * @param document its index
     * @param from index of the first of them
     * @param tokens how many
     */
    public record Piece(int document, int from, int tokens) {}

    /** How many there are. */
    public int count() {
        return blocks.size();
    }

    /** Tokens of all blocks together. */
    public long tokens() {
        return (long) blocks.size() * lengthTokens;
    }

    /**
     * How many tokens of each document are read.
     *
     * @param documents number of documents
     */
    public long[] tokensOf(int documents) {
        long[] tokens = new long[documents];
        for (Block block : blocks) {
            block.pieces().forEach(piece -> tokens[piece.document()] += piece.tokens());
        }
        return tokens;
    }

    /** The pieces of {@code count} tokens that begin {@code from} tokens behind the beginning of {@code document}. */
    static Block block(List<Integer> documentTokens, int document, long from, int count) {
        List<Piece> pieces = new ArrayList<>();
        int at = document;
        long start = from;
        int left = count;
        while (left > 0) {
            int available = documentTokens.get(at);
            if (start >= available) {
                start -= available;
            } else {
                int taken = (int) Math.min(left, available - start);
                pieces.add(new Piece(at, (int) start, taken));
                left -= taken;
                start = 0;
            }
            at++;
        }
        return new Block(pieces);
    }
}
