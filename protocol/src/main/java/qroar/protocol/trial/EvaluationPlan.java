package qroar.protocol.trial;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens a trial scores, and in which windows. Every document is read once from its start, up to the largest
 * length, with the key/value cache carried along; the tokens at positions below L give the perplexity of length L.
 *
 * <p>Windows end at multiples of {@code windowTokens} and at every length, so a window lies wholly inside or wholly
 * outside each length and perplexities follow from window sums alone.
 *
 * <p>A plan of scored items ({@link ItemRef}) scores continuations after contexts instead: an item counts as a document, its
 * figures as windows. Each continuation has its losses, cut every {@code windowTokens}, and behind them one window without
 * tokens that holds how many of its tokens were not the likeliest.
 *
 * <p>A document may be an <b>answer</b> behind its context ({@link #withAnswers}): it is read whole, whatever the lengths, and only
 * what stands from a given position on is scored, as one window. So answers and texts are read by one trial, in the same way.
 *
 * <p>Immutable; equality is by documents or items, lengths and window. A class rather than a record because it keeps its windows:
 * they are asked for with every trial.
 */
public final class EvaluationPlan {
    public static final int DEFAULT_WINDOW_TOKENS = 256;

    /** Of continuations whose losses are wanted as one sum. */
    public static final int WHOLE = Integer.MAX_VALUE;

    private final List<DocumentRef> documents;
    private final List<Integer> lengths;
    private final int windowTokens;
    private final List<ItemRef> items;
    /** Position of the first scored token of each document; empty where all are texts. */
    private final List<Integer> scoredFrom;
    /** Made when first asked for; threads that make it at the same time make the same. */
    private @Nullable List<WindowSpan> windows;

    private @Nullable String keyText;
    private @Nullable Integer keyChecksum;

    /**
     * @param documents in the order in which they are read
     * @param lengths context lengths in tokens, strictly rising, each at least 2
     * @param windowTokens largest number of scored tokens in a window
     */
    public EvaluationPlan(List<DocumentRef> documents, List<Integer> lengths, int windowTokens) {
        this(documents, List.of(), lengths, windowTokens);
    }

    private EvaluationPlan(
            List<DocumentRef> documents, List<Integer> scoredFrom, List<Integer> lengths, int windowTokens) {
        this.scoredFrom = List.copyOf(scoredFrom);
        this.documents = List.copyOf(documents);
        this.lengths = List.copyOf(lengths);
        this.windowTokens = windowTokens;
        this.items = List.of();
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
        for (int d = 0; d < documents.size(); d++) {
            DocumentRef document = documents.get(d);
            if (!isAnswer(d) && document.tokens() < lengths.get(0)) {
                throw new IllegalArgumentException("document '" + document.name() + "' has " + document.tokens()
                        + " tokens, fewer than the shortest length " + lengths.get(0));
            }
        }
    }

    /**
     * A plan of documents of which some are answers behind their contexts.
     *
     * @param documents in the order in which they are read
     * @param scoredFrom position of the first scored token of each: 1 of a text, more of an answer
     * @param lengths for the texts among them
     * @param windowTokens likewise
     */
    public static EvaluationPlan withAnswers(
            List<DocumentRef> documents, List<Integer> scoredFrom, List<Integer> lengths, int windowTokens) {
        if (scoredFrom.size() != documents.size()) {
            throw new IllegalArgumentException(
                    scoredFrom.size() + " first scored positions for " + documents.size() + " documents");
        }
        for (int d = 0; d < documents.size(); d++) {
            if (scoredFrom.get(d) < 1 || scoredFrom.get(d) >= documents.get(d).tokens()) {
                throw new IllegalArgumentException("document '"
                        + documents.get(d).name() + "' of " + documents.get(d).tokens() + " tokens is scored from "
                        + scoredFrom.get(d) + " on; it needs a context and a token of its own");
            }
        }
        boolean texts = scoredFrom.stream().allMatch(from -> from == 1);
        return new EvaluationPlan(documents, texts ? List.of() : scoredFrom, lengths, windowTokens);
    }

    private EvaluationPlan(List<ItemRef> items, int windowTokens) {
        if (items.isEmpty() || windowTokens < 1) {
            throw new IllegalArgumentException(
                    items.size() + " items in windows of " + windowTokens + " tokens; at least one of both is needed");
        }
        this.items = List.copyOf(items);
        this.scoredFrom = List.of();
        this.windowTokens = windowTokens;
        List<DocumentRef> each = new ArrayList<>();
        int longest = 2;
        for (ItemRef item : items) {
            each.add(new DocumentRef("item " + (each.size() + 1), item.digest(), item.longest()));
            longest = Math.max(longest, item.longest());
        }
        this.documents = List.copyOf(each);
        this.lengths = List.of(longest);
    }

    /**
     * A plan of scored items.
     *
     * @param items in the order in which they are read
     * @param windowTokens scored tokens of a continuation that share a figure; {@link #WHOLE} for one sum each
     */
    public static EvaluationPlan ofItems(List<ItemRef> items, int windowTokens) {
        return new EvaluationPlan(items, windowTokens);
    }

    /** What is scored; empty in a plan of documents. */
    public List<ItemRef> items() {
        return items;
    }

    /** Whether continuations are scored, and not documents. */
    public boolean scoresItems() {
        return !items.isEmpty();
    }

    /** Whether some of the documents are answers. */
    public boolean scoresAnswers() {
        return !scoredFrom.isEmpty();
    }

    /** Whether of a document only what stands behind its context is scored. */
    public boolean isAnswer(int document) {
        return scoredFrom(document) > 1;
    }

    /** Position of the first scored token of a document: 1 of a text, whose first token nothing predicts. */
    public int scoredFrom(int document) {
        return scoredFrom.isEmpty() ? 1 : scoredFrom.get(document);
    }

    /** In the order in which they are read; one for each item in a plan of items. */
    public List<DocumentRef> documents() {
        return documents;
    }

    /** Context lengths in tokens, strictly rising. */
    public List<Integer> lengths() {
        return lengths;
    }

    /** Largest number of scored tokens in a window. */
    public int windowTokens() {
        return windowTokens;
    }

    /** What of it goes into a {@link TrialKey}; names of documents do not. */
    String keyText() {
        String known = keyText;
        if (known == null) {
            StringBuilder text = new StringBuilder();
            documents.forEach(
                    d -> text.append(scoresItems() ? "\nitem " : "\ndocument ").append(d.digest()));
            windows()
                    .forEach(w -> text.append("\nwindow ")
                            .append(w.document())
                            .append(' ')
                            .append(w.fromPosition())
                            .append(' ')
                            .append(w.toPosition()));
            known = text.toString();
            keyText = known;
        }
        return known;
    }

    /** CRC-32C of {@link #keyText}. */
    int keyChecksum() {
        Integer known = keyChecksum;
        if (known == null) {
            CRC32C crc = new CRC32C();
            crc.update(keyText().getBytes(StandardCharsets.UTF_8));
            known = (int) crc.getValue();
            keyChecksum = known;
        }
        return known;
    }

    public int maxLength() {
        return lengths.get(lengths.size() - 1);
    }

    /** The plan of its first documents, whose windows have the same numbers; this when there are no more. */
    public EvaluationPlan first(int count) {
        if (count >= documents.size()) {
            return this;
        }
        return scoresItems() ? ofItems(items.subList(0, count), windowTokens) : firstDocuments(count);
    }

    private EvaluationPlan firstDocuments(int count) {
        return scoredFrom.isEmpty()
                ? new EvaluationPlan(documents.subList(0, count), lengths, windowTokens)
                : withAnswers(documents.subList(0, count), scoredFrom.subList(0, count), lengths, windowTokens);
    }

    /** Tokens of a document that go through the model: all of an answer's, of a text at most {@link #maxLength()}. */
    public int positions(int document) {
        return isAnswer(document)
                ? documents.get(document).tokens()
                : Math.min(documents.get(document).tokens(), maxLength());
    }

    /** Tokens that go through the model in one full evaluation. */
    public long forwardTokens() {
        long sum = 0;
        for (int document = 0; document < documents.size(); document++) {
            sum += forwardTokens(document);
        }
        return sum;
    }

    /** Tokens that go through the model for one document, or for an item: its longest shared beginning once. */
    public long forwardTokens(int document) {
        return scoresItems() ? items.get(document).forwardTokens() : positions(document);
    }

    /**
     * Tokens that go through the model for some consecutive windows: each document counts up to the last window read of it,
     * unscored tokens included; an item counts as a whole.
     *
     * @param from the first window, {@code to} the one behind the last
     */
    public long forwardTokens(int from, int to) {
        List<WindowSpan> all = windows();
        long sum = 0;
        for (int w = from; w < to; w++) {
            WindowSpan window = all.get(w);
            boolean lastOfDocument = w + 1 == to || all.get(w + 1).document() != window.document();
            if (lastOfDocument) {
                sum += scoresItems() ? forwardTokens(window.document()) : window.toPosition();
            }
        }
        return sum;
    }

    /** All windows, in the order in which every trial sees them. */
    public List<WindowSpan> windows() {
        List<WindowSpan> known = windows;
        if (known == null) {
            known = cut();
            windows = known;
        }
        return known;
    }

    /** Index of the first window of a document; the number of windows for a document after the last. */
    public int firstWindow(int document) {
        List<WindowSpan> all = windows();
        int first = 0;
        while (first < all.size() && all.get(first).document() < document) {
            first++;
        }
        return first;
    }

    private List<WindowSpan> cut() {
        List<WindowSpan> cut = new ArrayList<>();
        for (int item = 0; item < items.size(); item++) {
            for (ItemRef.Continuation continuation : items.get(item).continuations()) {
                int from = continuation.fromToken();
                while (from < continuation.toToken()) {
                    int to =
                            continuation.toToken() - from > windowTokens ? from + windowTokens : continuation.toToken();
                    cut.add(new WindowSpan(cut.size(), item, from, to));
                    from = to;
                }
                cut.add(new WindowSpan(cut.size(), item, from, from));
            }
        }
        if (scoresItems()) {
            return List.copyOf(cut);
        }
        for (int document = 0; document < documents.size(); document++) {
            int end = positions(document);
            if (isAnswer(document)) {
                cut.add(new WindowSpan(cut.size(), document, scoredFrom(document), end));
                continue;
            }
            TreeSet<Integer> cuts =
                    new TreeSet<>(lengths.stream().filter(l -> l < end).toList());
            for (int position = windowTokens; position < end; position += windowTokens) {
                cuts.add(position);
            }
            cuts.add(end);
            int from = 1;
            for (int position : cuts) {
                if (position > from) {
                    cut.add(new WindowSpan(cut.size(), document, from, position));
                    from = position;
                }
            }
        }
        return List.copyOf(cut);
    }

    @Override
    public boolean equals(Object other) {
        return other == this
                || other instanceof EvaluationPlan that
                        && windowTokens == that.windowTokens
                        && lengths.equals(that.lengths)
                        && items.equals(that.items)
                        && scoredFrom.equals(that.scoredFrom)
                        && documents.equals(that.documents);
    }

    @Override
    public int hashCode() {
        return Objects.hash(documents, lengths, windowTokens);
    }

    @Override
    public String toString() {
        return "EvaluationPlan[documents=" + documents + ", lengths=" + lengths + ", windowTokens=" + windowTokens
                + "]";
    }
}
