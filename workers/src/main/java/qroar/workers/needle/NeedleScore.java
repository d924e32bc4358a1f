package qroar.workers.needle;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a model did with a question.
 *
 * @param prompt the question
 * @param nllNats negative log-likelihoods of the answer's tokens, teacher-forced; copied on the way in and out
 * @param mismatches tokens of the answer that were not the likeliest, teacher-forced
 * @param said what the model generated greedily; null when it was not asked to
 */
public record NeedleScore(
        NeedlePrompt prompt,
        double[] nllNats,
        int mismatches,
        @Nullable String said) {
    public NeedleScore {
        nllNats = nllNats.clone();
    }

    @Override
    public double[] nllNats() {
        return nllNats.clone();
    }

    /** The same with what was generated. */
    NeedleScore with(String generated) {
        return new NeedleScore(prompt, nllNats, mismatches, generated);
    }

    /** Of the whole answer. */
    public double sumNats() {
        return Arrays.stream(nllNats).sum();
    }

    /** Per token of the answer. */
    public double meanNats() {
        return sumNats() / nllNats.length;
    }

    /** Whether every token of the answer was the likeliest behind those before it. */
    public boolean isExact() {
        return mismatches == 0;
    }

    /**
     * RULER's {@code string_match_all}: the share of the references that stand in what the model said, whatever their case.
     * NaN when it said nothing because nobody asked.
     */
    public double stringMatch() {
        return said == null ? Double.NaN : stringMatch(said, prompt);
    }

    static double stringMatch(String said, NeedlePrompt prompt) {
        String lower = said.toLowerCase(Locale.ROOT);
        long found = prompt.references().stream()
                .filter(reference -> lower.contains(reference.toLowerCase(Locale.ROOT)))
                .count();
        return (double) found / prompt.references().size();
    }
}
