package qroar.protocol.needle;

import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecWriter;

/**
 * The pass key of Mohtashami and Jaggi (2023), which position interpolation and YaRN were shown with: a number, said twice
 * in one sentence of much irrelevant text.
 *
 * @param digits of the number, the first no 0
 */
public record Passkey(int digits, HaystackKind haystack, int generatedTokens) implements NeedleTask {
    private static final int DIGITS = 5;
    private static final int MOST_DIGITS = 9;
    private static final int GENERATED = 16;

    static final SpecForm<NeedleTask> FORM = new SpecForm<>(
            Passkey.class,
            "passkey",
            "a number said twice in much irrelevant text (Mohtashami and Jaggi 2023; Chen et al. 2023; Peng et al. 2023)",
            List.of(
                    SpecOption.optional("digits", SpecRange.whole(1, MOST_DIGITS), Integer.toString(DIGITS)),
                    SpecOption.optional("haystack", SpecRange.words("noise", "text"), "noise"),
                    GeneratedTokens.option(GENERATED)),
            spec -> new Passkey(
                    spec.integer("digits", DIGITS),
                    HaystackKind.ofWord(spec.choice("haystack", List.of("noise", "text"), "noise")),
                    GeneratedTokens.read(spec, GENERATED)));

    public Passkey {
        Counted.require("digits", digits, 1, MOST_DIGITS);
        GeneratedTokens.require(generatedTokens);
        if (haystack == HaystackKind.NEEDLES) {
            throw new IllegalArgumentException("haystack=needles must be noise or text");
        }
    }

    @Override
    public SpecForm<NeedleTask> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.optionUnless(DIGITS, "digits", digits).optionUnless("noise", "haystack", haystack.word());
        GeneratedTokens.write(text, generatedTokens, GENERATED);
    }

    @Override
    public NeedleDraft draft(NeedleRandom random, @Nullable Double depthPercent) {
        int least = (int) Math.round(Math.pow(10, digits - 1.0));
        String key = Integer.toString(random.between(least, 10 * least - 1));
        return new NeedleDraft(
                "There is an important info hidden inside a lot of irrelevant text. Find it and memorize them. I will quiz"
                        + " you about the important information there.\n",
                haystack,
                Retrieval.NO_DECOYS,
                List.of(new NeedleDraft.Needle(
                        "The pass key is " + key + ". Remember it. " + key + " is the pass key.",
                        NeedleDepths.around(random, 1, depthPercent).get(0))),
                "\nWhat is the pass key? The pass key is",
                " " + key,
                List.of(key),
                null);
    }
}
