package qroar.workers.divergence;

import java.util.Arrays;
import java.util.List;

/**
 * Divergence over many tokens, with the figures and the interpolation of percentiles of llama.cpp's {@code perplexity
 * --kl-divergence}. Standard errors take tokens as independent, as that does, which they are not within a document.
 *
 * @param tokens that were compared
 * @param kl mean divergence in nats
 * @param percentiles of the tokens' divergences
 * @param sameTop share of tokens of which both models hold the same for the likeliest
 * @param deltaP mean of the change of the probability of the token that came, model minus reference
 * @param rmsDeltaP root of the mean of its square
 * @param logRatio mean of ln PPL(model) - ln PPL(reference)
 */
public record DivergenceStatistics(
        long tokens, Mean kl, Percentiles percentiles, Mean sameTop, Mean deltaP, double rmsDeltaP, Mean logRatio) {
    /** A mean with its standard error, NaN for a single token. */
    public record Mean(double value, double standardError) {
        private static Mean of(double[] values) {
            double sum = 0;
            for (double value : values) {
                sum += value;
            }
            double mean = sum / values.length;
            double squares = 0;
            for (double value : values) {
                squares += (value - mean) * (value - mean);
            }
            return new Mean(mean, Math.sqrt(squares / values.length / (values.length - 1)));
        }
    }

    /** Of the tokens' divergences in nats, linear between neighbours. */
    public record Percentiles(double median, double p90, double p95, double p99, double p999, double maximum) {
        private static Percentiles of(double[] values) {
            double[] rising = values.clone();
            Arrays.sort(rising);
            return new Percentiles(
                    at(rising, 0.5),
                    at(rising, 0.9),
                    at(rising, 0.95),
                    at(rising, 0.99),
                    at(rising, 0.999),
                    rising[rising.length - 1]);
        }

        private static double at(double[] rising, double fraction) {
            double place = fraction * (rising.length - 1);
            int below = (int) place;
            double part = place - below;
            return part == 0 ? rising[below] : (1 - part) * rising[below] + part * rising[below + 1];
        }
    }

    /**
     * Pools the tokens of some documents.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static DivergenceStatistics of(List<TokenDivergence> documents) {
        double[] kl = pool(documents, TokenDivergence::kl);
        if (kl.length == 0) {
            throw new IllegalArgumentException("divergence of no token");
        }
        double[] nll = pool(documents, TokenDivergence::nll);
        double[] reference = pool(documents, TokenDivergence::referenceNll);
        double[] same = new double[kl.length];
        int filled = 0;
        for (TokenDivergence document : documents) {
            for (boolean top : document.sameTop()) {
                same[filled++] = top ? 1 : 0;
            }
        }
        double[] deltaP = new double[kl.length];
        double[] ratio = new double[kl.length];
        double squares = 0;
        for (int i = 0; i < kl.length; i++) {
            deltaP[i] = Math.exp(-nll[i]) - Math.exp(-reference[i]);
            squares += deltaP[i] * deltaP[i];
            ratio[i] = nll[i] - reference[i];
        }
        return new DivergenceStatistics(
                kl.length,
                Mean.of(kl),
                Percentiles.of(kl),
                Mean.of(same),
                Mean.of(deltaP),
                Math.sqrt(squares / kl.length),
                Mean.of(ratio));
    }

    private interface Figure {
        double[] of(TokenDivergence document);
    }

    private static double[] pool(List<TokenDivergence> documents, Figure figure) {
        double[] all =
                new double[documents.stream().mapToInt(TokenDivergence::count).sum()];
        int filled = 0;
        for (TokenDivergence document : documents) {
            double[] some = figure.of(document);
            System.arraycopy(some, 0, all, filled, some.length);
            filled += some.length;
        }
        return all;
    }
}
