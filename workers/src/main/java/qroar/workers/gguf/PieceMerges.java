package qroar.workers.gguf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The merges of a SentencePiece BPE model, which stores none: it merges the pair whose piece has the highest score. So every
 * way to cut a piece into two pieces is a merge, ranked by the piece's score, and of equal ones by its id.
 */
final class PieceMerges {
    private PieceMerges() {}

    record Merge(String left, String right, double score, int id) {}

    /** @param isNormal of a token id: only normal pieces are merged */
    static List<Merge> of(List<String> tokens, double[] scores, IntPredicate isNormal) {
        Set<String> pieces = new HashSet<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (isNormal.test(id)) {
                pieces.add(tokens.get(id));
            }
        }
        List<Merge> merges = new ArrayList<>();
        for (int id = 0; id < Math.min(tokens.size(), scores.length); id++) {
            String piece = tokens.get(id);
            if (!isNormal.test(id)) {
                continue;
            }
            for (int cut = piece.offsetByCodePoints(0, Math.min(1, piece.codePointCount(0, piece.length())));
                    cut < piece.length();
                    cut = piece.offsetByCodePoints(cut, 1)) {
                String left = piece.substring(0, cut);
                String right = piece.substring(cut);
                if (pieces.contains(left) && pieces.contains(right)) {
                    merges.add(new Merge(left, right, scores[id], id));
                }
            }
        }
        merges.sort(Comparator.comparingDouble((Merge merge) -> -merge.score())
                .thenComparingInt(Merge::id)
                .thenComparing(Merge::left));
        return merges;
    }
}
