package qroar.protocol.needle;

import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/**
 * RULER's needle among needles: one key of several is asked for.
 *
 * @param keys of the needles that are hidden, the asked one included
 */
public record MultiKeyNeedle(int keys, Retrieval retrieval) implements NeedleTask {
    private static final String HAYSTACK = "text";
    private static final int KEYS = 4;

    static final SpecForm<NeedleTask> FORM = new SpecForm<>(
            MultiKeyNeedle.class,
            "niah-multikey",
            "one value among needles with other keys (RULER, Hsieh et al. 2024: niah_multikey_1 to 3)",
            Retrieval.options(HAYSTACK, Counted.needles("keys", KEYS)),
            spec -> new MultiKeyNeedle(spec.integer("keys", KEYS), Retrieval.read(spec, HAYSTACK)));

    public MultiKeyNeedle {
        Counted.require("keys", keys, 1, Counted.MOST_NEEDLES);
    }

    @Override
    public SpecForm<NeedleTask> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.optionUnless(KEYS, "keys", keys);
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
        return retrieval.draft(random, new Retrieval.Counts(keys, 1, 1), depthPercent);
    }
}
