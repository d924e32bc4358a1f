package qroar.protocol.needle;

import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/**
 * A kind of question about something hidden in a long text. A variant's file holds all that is known of it: numbers with
 * limits, text form, prompts, what is hidden where, the answer. Values out of range are an {@link IllegalArgumentException}.
 */
public sealed interface NeedleTask
        permits Passkey, SingleNeedle, MultiKeyNeedle, MultiValueNeedle, MultiQueryNeedle, VariableTracking {
    /** Every variant's form, in the order in which help texts list them. */
    static List<SpecForm<NeedleTask>> forms() {
        return List.of(
                Passkey.FORM,
                SingleNeedle.FORM,
                MultiKeyNeedle.FORM,
                MultiValueNeedle.FORM,
                MultiQueryNeedle.FORM,
                VariableTracking.FORM);
    }

    /** How the variant is written. */
    SpecForm<NeedleTask> form();

    /** Adds the options of its canonical text. */
    void write(SpecWriter text);

    /** What it hides its needles in. */
    HaystackKind haystack();

    /** Tokens that a model may say: they are part of a prompt's length, and bound what it generates. */
    int generatedTokens();

    /**
     * Draws a question.
     *
     * @param depthPercent of the needle that is asked for, of the first where there are several; null to draw it, as RULER
     *     does
     */
    NeedleDraft draft(NeedleRandom random, @Nullable Double depthPercent);
}
