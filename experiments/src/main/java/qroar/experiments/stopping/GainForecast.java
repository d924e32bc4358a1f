package qroar.experiments.stopping;

import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.statistics.StudentT;
import qroar.experiments.stopping.Race.Block;

/**
 * What the blocks seen so far say of the gain over the whole plan, with its standard deviation. The plan is a finite
 * population: what was seen is known, only the rest is forecast.
 *
 * <p><b>Model.</b> The gain per token of block b of document i is mu_b + a_i + e_ib: any drift mu_b with position, a
 * document effect a_i with standard deviation tau, and block noise e_ib with standard deviation sigma. Documents are
 * exchangeable (their order does not depend on their losses). With W_ib the weight of a block, S_b and U_b the weights of
 * a stratum's seen and unseen blocks, the gain is forecast as the sum over strata of (1 + U_b/S_b) times the gain seen
 * there; mu_b cancels in its error, and the variance is tau^2 sum_i (sum_b c_ib)^2 + sigma^2 sum c_ib^2, with
 * c_ib = W_ib U_b/S_b where seen and -W_ib where not. This is the stratified estimator with finite-population correction:
 * the variance falls to 0 as the plan is completed. No forecast is made while a stratum that is still to come has never
 * been seen: in practice before the end of the first document, since gains at short and at long context may differ in
 * sign.
 *
 * <p><b>Variance.</b> sigma^2 comes from the residuals of the two-way layout over the complete documents, with
 * (k-1)(b-1) degrees of freedom; while there is one document only, from the scatter of its blocks around their mean, drift
 * included, with b-1. tau^2 cannot be known from one or two documents, so it is <b>assumed to be at least
 * {@value #DOCUMENT_EFFECT} sigma^2</b>: three fifths of the variance of a block are taken to be common to its whole document, even
 * where they are not. In 144 recorded races of two models under three quantizers tau^2 was between -0.11 and 0.63 sigma^2.
 * The floor also covers correlation that outlasts a block. Where the means of complete
 * documents scatter more than that, their scatter is used instead; if by more than a factor {@value #EVIDENT_EXCESS},
 * with its own k-1 degrees of freedom. Document effects much larger than assumed break the level; the calibration table
 * shows where.
 *
 * <p>Tried and rejected: a t-test on document means alone (holds its level whatever the document effect, but with one
 * degree of freedom at the second document it stops nothing before the third or fourth of ten); successive differences of
 * blocks (von Neumann 1941) while there is one document, with tau^2 = sigma^2 (wrong in 10 % of runs when neighbouring
 * windows correlate at 0.9).
 *
 * @param estimate forecast of the gain over the whole plan
 * @param standardDeviation of its error
 * @param degreesOfFreedom of the standard deviation
 * @param information 1/variance in units of sigma^-2, as the plan alone determines it (tau^2 at its assumed floor)
 */
record GainForecast(double estimate, double standardDeviation, double degreesOfFreedom, double information) {
    /** Floor of tau^2 / sigma^2. */
    static final double DOCUMENT_EFFECT = 1.5;
    /** Ratio of observed to assumed scatter of document means from which the assumption counts as refuted. */
    static final double EVIDENT_EXCESS = 2.0;

    /**
     * @param nll losses of the candidate, at least up to the last seen block
     * @param seen number of blocks seen
     * @return null while nothing can be said
     */
    static @Nullable GainForecast of(Race race, double[] nll, int seen) {
        List<Block> blocks = race.blocks();
        double[] seenWeight = new double[race.strata()];
        double[] unseenWeight = new double[race.strata()];
        double[] seenGain = new double[race.strata()];
        double[] gains = new double[seen];
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (i < seen) {
                gains[i] = race.linearGain(nll, block.fromWindow(), block.toWindow());
                seenWeight[block.stratum()] += block.weight();
                seenGain[block.stratum()] += gains[i];
            } else {
                unseenWeight[block.stratum()] += block.weight();
            }
        }
        double estimate = 0;
        for (int b = 0; b < seenWeight.length; b++) {
            if (unseenWeight[b] > 0 && !(seenWeight[b] > 0)) {
                return null;
            }
            estimate += seenWeight[b] > 0 ? seenGain[b] * (1 + unseenWeight[b] / seenWeight[b]) : 0;
        }
        Scatter scatter = Scatter.of(blocks, gains, race.plan().groups());
        if (scatter == null || Double.isNaN(estimate)) {
            return null;
        }
        double ofDocuments = 0;
        double ofBlocks = 0;
        double largest = blocks.stream().mapToInt(Block::tokens).max().orElse(1);
        double[] perDocument = new double[race.plan().groups()];
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            int b = block.stratum();
            double coefficient = i < seen ? block.weight() * unseenWeight[b] / seenWeight[b] : -block.weight();
            perDocument[block.document()] += coefficient;
            ofBlocks += coefficient * coefficient * largest / block.tokens();
        }
        for (double coefficient : perDocument) {
            ofDocuments += coefficient * coefficient;
        }
        double relative = DOCUMENT_EFFECT * ofDocuments + ofBlocks;
        double variance = Math.max(
                scatter.blockVariance() * relative,
                scatter.documentVariance() * ofDocuments + scatter.blockVariance() * ofBlocks);
        return new GainForecast(estimate, Math.sqrt(variance), scatter.degreesOfFreedom(), 1 / relative);
    }

    /** Upper bound of the gain at an upper tail probability. */
    double upperBound(double tail) {
        return standardDeviation == 0
                ? estimate
                : estimate + StudentT.upperQuantile(tail, degreesOfFreedom) * standardDeviation;
    }
}
