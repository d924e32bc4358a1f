package qroar.experiments.stopping;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Race.Block;

/**
 * Betting martingale without replacement (Waudby-Smith and Ramdas, arXiv 2010.09686, sections 2 and 3, and NeurIPS 2020).
 * One bet per document, from the second on, against the hypothesis that the gain is at least m: given the documents
 * before, the next gain per token x_i then has mean m_i = (m - gain so far) / (weight left) at least, the wealth
 * prod(1 + l_i (m_i - x_i)) is a supermartingale, and by Ville's inequality reaches 1/alpha with probability at most alpha,
 * at any number of looks. l_i = {@value #STAKE} / R_i, R_i = {@value #RANGE} standard deviations of a document, as the
 * documents before it show it ({@link Scatter}). The bound is the m at which the wealth would be exactly 1/alpha.
 *
 * <p>Assumes exchangeable documents and that no document gains more than R_i over the conditional mean; neither normality
 * nor anything about windows within a document. A few documents allow a few bets: it stops later than the others.
 */
record Betting(double alpha) implements StoppingRule {
    static final StoppingForm FORM = new StoppingForm(
            Betting.class,
            "betting",
            "end of each document, from the second",
            "the same, without assuming anything normal",
            StoppingForm.Guarantee.LEVEL,
            Betting::new);

    static final double STAKE = 0.9;
    static final double RANGE = 4;

    Betting {
        StoppingSettings.requireProbability(alpha);
    }

    @Override
    public List<Integer> looks(Race race) {
        return race.looks(Looks.Every.DOCUMENT).windows();
    }

    @Override
    public Verdict judge(Race race, double[] nllPrefix) {
        Looks looks = race.looks(Looks.Every.DOCUMENT);
        int look = looks.within(nllPrefix.length);
        if (look == 0) {
            return Verdict.UNDECIDED;
        }
        Bets bets = Bets.of(race, nllPrefix, looks.blockCounts().get(look - 1));
        GainForecast forecast =
                GainForecast.of(race, nllPrefix, looks.blockCounts().get(look - 1));
        if (bets == null || forecast == null) {
            return Verdict.UNDECIDED;
        }
        double bound = bets.bound(1 / alpha, forecast.estimate());
        return new Verdict(bound < race.requiredGain(), forecast.estimate(), bound, look);
    }

    /** Gains, weights and ranges of the documents seen; a document without a range is not bet on. */
    private record Bets(double[] gains, double[] weights, double[] ranges) {
        static @Nullable Bets of(Race race, double[] nll, int seenBlocks) {
            List<Block> blocks = race.blocks();
            int documents = blocks.get(seenBlocks - 1).document() + 1;
            double[] gains = new double[documents];
            double[] weights = new double[documents];
            double[] ranges = new double[documents];
            double[] blockGains = new double[seenBlocks];
            for (int i = 0; i < seenBlocks; i++) {
                Block block = blocks.get(i);
                int d = block.document();
                if (weights[d] == 0) {
                    Scatter before = Scatter.of(blocks, Arrays.copyOf(blockGains, i), documents);
                    ranges[d] = before == null
                            ? Double.NaN
                            : RANGE * Math.sqrt(before.blockVariance() + before.documentVariance());
                }
                blockGains[i] = race.linearGain(nll, block.fromWindow(), block.toWindow());
                gains[d] += blockGains[i];
                weights[d] += block.weight();
            }
            return Double.isNaN(Arrays.stream(gains).sum()) ? null : new Bets(gains, weights, ranges);
        }

        double logWealth(double gain) {
            double wealth = 0;
            double gainLeft = gain;
            double weightLeft = 1;
            for (int d = 0; d < gains.length; d++) {
                if (!Double.isNaN(ranges[d]) && weightLeft > 0) {
                    double stake = STAKE / Math.max(ranges[d], 1e-12);
                    wealth += StrictMath.log(Math.max(0, 1 + stake * (gainLeft / weightLeft - gains[d] / weights[d])));
                }
                gainLeft -= gains[d];
                weightLeft -= weights[d];
            }
            return wealth;
        }

        double bound(double wealth, double estimate) {
            double low = estimate;
            double width = 1e-9;
            while (!(logWealth(estimate + width) >= StrictMath.log(wealth)) && width < 1e9) {
                low = estimate + width;
                width *= 2;
            }
            if (width >= 1e9) {
                return Double.POSITIVE_INFINITY;
            }
            double high = estimate + width;
            for (int i = 0; i < 60; i++) {
                double middle = 0.5 * (low + high);
                if (logWealth(middle) >= StrictMath.log(wealth)) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            return high;
        }
    }
}
