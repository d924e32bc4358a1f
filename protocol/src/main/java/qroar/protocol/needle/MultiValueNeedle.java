package qroar.protocol.needle;

import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/**
 * RULER's key with several values: all of them are asked for.
 *
 * @param values of the key, each in a needle of its own
 */
public record MultiValueNeedle(int values, Retrieval retrieval) implements NeedleTask {
    private static final String HAYSTACK = "text";
    private static final int VALUES = 4;

    static final SpecForm<NeedleTask> FORM = new SpecForm<>(
            MultiValueNeedle.class,
            "niah-multivalue",
            "all values of one key (RULER: niah_multivalue)",
            Retrieval.options(HAYSTACK, Counted.needles("values", VALUES)),
            spec -> new MultiValueNeedle(spec.integer("values", VALUES), Retrieval.read(spec, HAYSTACK)));

    public MultiValueNeedle {
        Counted.require("values", values, 1, Counted.MOST_NEEDLES);
    }

    @Override
    public SpecForm<NeedleTask> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.optionUnless(VALUES, "values", values);
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
        return retrieval.draft(random, new Retrieval.Counts(1, values, 1), depthPercent);
    }
}
