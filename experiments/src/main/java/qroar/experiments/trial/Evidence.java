package qroar.experiments.trial;

import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.KeyTokenRule;

/**
 * What held-out documents are measured by besides perplexity, beside the unquantized model under the same interpolation.
 *
 * @param divergence of next-token distributions
 * @param keyTokens for the perplexity over tokens that need the long context; null where nobody asks
 */
public record Evidence(Divergence divergence, @Nullable KeyTokenRule keyTokens) {
    /** Nothing. */
    public static final Evidence NONE = new Evidence(Divergence.NONE, null);

    /** Whose divergence is measured. */
    public enum Divergence {
        NONE("none"),
        /** Of every model that is measured on held-out documents. */
        REFERENCE("reference"),
        /** Also of the reference in another precision: what is no larger says nothing. */
        NOISE_FLOOR("noise-floor");

        private final String word;

        Divergence(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    /** Whether anything is compared with a reference. */
    public boolean isAsked() {
        return divergence != Divergence.NONE || keyTokens != null;
    }
}
