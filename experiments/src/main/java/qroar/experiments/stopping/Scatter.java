package qroar.experiments.stopping;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Race.Block;

/**
 * Variance components of gains per token, from the complete documents among the blocks seen; see {@link GainForecast}.
 *
 * @param blockVariance sigma^2
 * @param documentVariance tau^2
 * @param degreesOfFreedom of whichever dominates
 */
record Scatter(double blockVariance, double documentVariance, double degreesOfFreedom) {

    /** Null while no variance can be estimated: one document of fewer than three blocks. */
    static @Nullable Scatter of(List<Block> blocks, double[] gains, int documents) {
        List<double[]> rates = new ArrayList<>();
        List<double[]> weights = new ArrayList<>();
        int common = completeDocuments(blocks, gains, documents, rates, weights);
        int k = rates.size();
        if (k == 0 || common == 0 || (k == 1 && common < 3)) {
            return null;
        }
        double sigma2;
        double df;
        if (k == 1) {
            sigma2 = variance(Arrays.copyOf(rates.get(0), common));
            df = common - 1.0;
        } else {
            sigma2 = common > 1 ? twoWayResidual(rates, common) : 0;
            df = (k - 1.0) * (common - 1);
        }
        if (k == 1) {
            return new Scatter(sigma2, GainForecast.DOCUMENT_EFFECT * sigma2, df);
        }
        return withDocuments(rates, weights, common, sigma2, df);
    }

    private static Scatter withDocuments(
            List<double[]> rates, List<double[]> weights, int common, double sigma2, double df) {
        int k = rates.size();
        double[] means = new double[k];
        double shareOfBlocks = 0;
        for (int i = 0; i < k; i++) {
            double total = 0;
            double squares = 0;
            for (int b = 0; b < common; b++) {
                double weight = weights.get(i)[b];
                means[i] += weight * rates.get(i)[b];
                total += weight;
                squares += weight * weight;
            }
            means[i] /= total;
            shareOfBlocks += squares / (total * total) / k;
        }
        double observed = variance(means);
        double assumed = sigma2 * (GainForecast.DOCUMENT_EFFECT + shareOfBlocks);
        if (observed <= assumed) {
            return new Scatter(sigma2, GainForecast.DOCUMENT_EFFECT * sigma2, df);
        }
        boolean refuted = observed > GainForecast.EVIDENT_EXCESS * assumed;
        return new Scatter(sigma2, observed - sigma2 * shareOfBlocks, refuted ? k - 1.0 : df);
    }

    /** Fills in rates and weights per block of each complete document; the number of blocks that all of them have. */
    private static int completeDocuments(
            List<Block> blocks, double[] gains, int documents, List<double[]> rates, List<double[]> weights) {
        int common = Integer.MAX_VALUE;
        int from = 0;
        for (int document = 0; document < documents && from < gains.length; document++) {
            int to = from;
            while (to < blocks.size() && blocks.get(to).document() == document) {
                to++;
            }
            if (to > gains.length) {
                break;
            }
            double[] rate = new double[to - from];
            double[] weight = new double[to - from];
            for (int i = from; i < to; i++) {
                weight[i - from] = blocks.get(i).weight();
                rate[i - from] = gains[i] / weight[i - from];
            }
            rates.add(rate);
            weights.add(weight);
            common = Math.min(common, rate.length);
            from = to;
        }
        return rates.isEmpty() ? 0 : common;
    }

    private static double twoWayResidual(List<double[]> rates, int common) {
        int k = rates.size();
        double[] ofDocument = new double[k];
        double[] ofStratum = new double[common];
        double overall = 0;
        for (int i = 0; i < k; i++) {
            for (int b = 0; b < common; b++) {
                double rate = rates.get(i)[b];
                ofDocument[i] += rate / common;
                ofStratum[b] += rate / k;
                overall += rate / k / common;
            }
        }
        double sum = 0;
        for (int i = 0; i < k; i++) {
            for (int b = 0; b < common; b++) {
                double residual = rates.get(i)[b] - ofDocument[i] - ofStratum[b] + overall;
                sum += residual * residual;
            }
        }
        return sum / ((k - 1.0) * (common - 1.0));
    }

    /** Unbiased sample variance; at least two values. */
    static double variance(double[] values) {
        double mean = 0;
        for (double value : values) {
            mean += value / values.length;
        }
        double sum = 0;
        for (double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return sum / (values.length - 1.0);
    }
}
