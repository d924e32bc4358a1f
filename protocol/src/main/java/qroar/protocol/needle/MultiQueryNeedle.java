package qroar.protocol.needle;

import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/**
 * RULER's question for several keys at once.
 *
 * @param queries keys that are hidden and asked for
 */
public record MultiQueryNeedle(int queries, Retrieval retrieval) implements NeedleTask {
    private static final String HAYSTACK = "text";
    private static final int QUERIES = 4;

    static final SpecForm<NeedleTask> FORM = new SpecForm<>(
            MultiQueryNeedle.class,
            "niah-multiquery",
            "the values of several keys (RULER: niah_multiquery)",
            Retrieval.options(HAYSTACK, Counted.needles("queries", QUERIES)),
            spec -> new MultiQueryNeedle(spec.integer("queries", QUERIES), Retrieval.read(spec, HAYSTACK)));

    public MultiQueryNeedle {
        Counted.require("queries", queries, 1, Counted.MOST_NEEDLES);
    }

    @Override
    public SpecForm<NeedleTask> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.optionUnless(QUERIES, "queries", queries);
        retrieval.write(text, HAYSTACK);
    }

    @Override
    public HaystackKind haystack() {
        return retrieval.haystack();
    }

    @Override
    public int generatedTokens() {
        return retrieval.generatedTokens();
    }

    @Override
    public NeedleDraft draft(NeedleRandom random, @Nullable Double depthPercent) {
        return retrieval.draft(random, new Retrieval.Counts(queries, 1, queries), depthPercent);
    }
}
