package qroar.protocol.trial;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Which tokens a trial scores, and in which windows. Every document is read once from its start, up to the largest
 * length, with the key/value cache carried along; the tokens at positions below L give the perplexity of length L.
 *
 * <p>Windows end at multiples of {@code windowTokens} and at every length, so a window lies wholly inside or wholly
 * outside each length and perplexities follow from window sums alone.
 *
 * @param documents in the order in which they are read
 * @param lengths context lengths in tokens, strictly rising, each at least 2
 * @param windowTokens largest number of scored tokens in a window
 */
public record EvaluationPlan(List<DocumentRef> documents, List<Integer> lengths, int windowTokens) {
    public static final int DEFAULT_WINDOW_TOKENS = 256;

    public EvaluationPlan {
        documents = List.copyOf(documents);
        lengths = List.copyOf(lengths);
        if (documents.isEmpty()) {
            throw new IllegalArgumentException("an evaluation needs at least one document");
        }
        if (lengths.isEmpty()) {
            throw new IllegalArgumentException("an evaluation needs at least one length");
        }
        if (windowTokens < 1) {
            throw new IllegalArgumentException("window of " + windowTokens + " tokens; at least 1 is needed");
        }
        int previous = 1;
        for (int length : lengths) {
            if (length <= previous) {
                throw new IllegalArgumentException("lengths " + lengths + " must rise and be at least 2");
            }
            previous = length;
        }
        for (DocumentRef document : documents) {
            if (document.tokens() < lengths.get(0)) {
                throw new IllegalArgumentException("document '" + document.name() + "' has " + document.tokens()
                        + " tokens, fewer than the shortest length " + lengths.get(0));
            }
        }
    }

    public int maxLength() {
        return lengths.get(lengths.size() - 1);
    }

    /** Tokens of a document that go through the model: its own number, at most {@link #maxLength()}. */
    public int positions(int document) {
        return Math.min(documents.get(document).tokens(), maxLength());
    }

    /** Tokens that go through the model in one full evaluation. */
    public long forwardTokens() {
        long sum = 0;
        for (int document = 0; document < documents.size(); document++) {
            sum += positions(document);
        }
        return sum;
    }

    /** All windows, in the order in which every trial sees them. */
    public List<WindowSpan> windows() {
        List<WindowSpan> windows = new ArrayList<>();
        for (int document = 0; document < documents.size(); document++) {
            int end = positions(document);
            TreeSet<Integer> cuts =
                    new TreeSet<>(lengths.stream().filter(l -> l < end).toList());
            for (int cut = windowTokens; cut < end; cut += windowTokens) {
                cuts.add(cut);
            }
            cuts.add(end);
            int from = 1;
            for (int cut : cuts) {
                if (cut > from) {
                    windows.add(new WindowSpan(windows.size(), document, from, cut));
                    from = cut;
                }
            }
        }
        return List.copyOf(windows);
    }
}
