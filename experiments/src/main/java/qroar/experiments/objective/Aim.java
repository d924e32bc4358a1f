package qroar.experiments.objective;

import java.util.List;
import java.util.function.Function;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecForms;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/**
 * What scales are searched for: perplexity, needles, or both. Both are mean losses in nats, one per token of text and one
 * per token of an answer, so that a share of one and the rest of the other is a loss in nats again.
 *
 * @param needles share of the needles' loss: 0 for perplexity alone, 1 for needles alone, something between for a mixture
 */
public record Aim(double needles) {
    public static final Aim PERPLEXITY = new Aim(0);
    public static final Aim NEEDLE = new Aim(1);

    /** Of a mixture that names no share. */
    private static final double HALF = 0.5;

    private static final double LEAST = 0.01;
    private static final double MOST = 0.99;
    private static final String SHARE = "needles";
    private static final String MIXTURE_WORD = "mixture";

    /** All that can be written, in the order in which it is listed. */
    public static final SpecForms<Aim> FORMS = new SpecForms<>(
            "objective",
            List.of(
                    form("perplexity", "ln J over documents and lengths", List.of(), spec -> PERPLEXITY),
                    form("needle", "loss per token of the answers to needle questions", List.of(), spec -> NEEDLE),
                    form(
                            MIXTURE_WORD,
                            "both: `needles` times the answers' loss and the rest of ln J",
                            List.of(SpecOption.optional(SHARE, SpecRange.number(LEAST, MOST), Double.toString(HALF))),
                            Aim::mixture)),
            List.of());

    private static SpecForm<Aim> form(
            String word, String help, List<SpecOption> options, Function<SpecReader, Aim> reader) {
        return new SpecForm<>(Aim.class, word, help, options, reader);
    }

    private static Aim mixture(SpecReader spec) {
        double share = spec.number(SHARE, HALF);
        if (!(share >= LEAST && share <= MOST)) {
            throw new IllegalArgumentException(SHARE + "=" + SpecWriter.number(share) + " must lie in " + LEAST + " to "
                    + MOST + "; objective 'needle' is 1 and 'perplexity' 0");
        }
        return new Aim(share);
    }

    public Aim {
        if (!(needles >= 0 && needles <= 1)) {
            throw new IllegalArgumentException("share " + needles + " of needles must lie in 0 to 1");
        }
    }

    /** @throws BadInput one line that names the option, its value and the limit */
    public static Aim parse(String text) {
        return FORMS.parse(text, SpecForm::read);
    }

    /** {@code perplexity}, {@code needle} or {@code mixture}. */
    public String word() {
        return needles == 0 ? "perplexity" : needles == 1 ? "needle" : MIXTURE_WORD;
    }

    /** Canonical text; the default of an option is left out. */
    public String text() {
        return isMixture() && needles != HALF ? MIXTURE_WORD + ":" + SHARE + "=" + SpecWriter.number(needles) : word();
    }

    /** What scales are judged on, in words: {@code held-out documents}. */
    public String heldOut() {
        return readsTexts() ? asks() ? "held-out documents and questions" : "held-out documents" : "held-out questions";
    }

    /** The figure that scales make small, in words. */
    public String symbol() {
        return readsTexts() ? asks() ? "J of the mixture" : "J" : "J of needles";
    }

    /** What a gain is counted in. */
    public String unit() {
        return readsTexts() ? "nats of ln J" : "nats per token of an answer";
    }

    /** What ln J is, in one line without a full stop. */
    public String definition() {
        if (!asks()) {
            return "ln J is that of the weighted mean of the perplexities at all lengths";
        }
        return readsTexts()
                ? "ln J is " + SpecWriter.number(needles)
                        + " times the mean loss per token of an answer and the rest of it ln J of perplexity"
                : "ln J is the mean loss per token of an answer, so J the perplexity of a token of an answer";
    }

    /** Whether questions are asked. */
    public boolean asks() {
        return needles > 0;
    }

    /** Whether texts count. */
    public boolean readsTexts() {
        return needles < 1;
    }

    public boolean isMixture() {
        return asks() && readsTexts();
    }
}
