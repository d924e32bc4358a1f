package qroar.protocol.needle;

import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/** RULER's one needle. */
public record SingleNeedle(Retrieval retrieval) implements NeedleTask {
    private static final String HAYSTACK = "noise";

    static final SpecForm<NeedleTask> FORM = new SpecForm<>(
            SingleNeedle.class,
            "niah-single",
            "one needle, one value (RULER, Hsieh et al. 2024: niah_single_1 to 3)",
            Retrieval.options(HAYSTACK),
            spec -> new SingleNeedle(Retrieval.read(spec, HAYSTACK)));

    @Override
    public SpecForm<NeedleTask> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
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
        return retrieval.draft(random, new Retrieval.Counts(1, 1, 1), depthPercent);
    }
}
