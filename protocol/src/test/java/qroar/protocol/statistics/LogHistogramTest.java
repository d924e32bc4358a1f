package qroar.protocol.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogHistogramTest {
    private static final double[] PROBABILITIES = {0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1};
    /** Rounding of ln and exp at a bucket's edge, beside the bound itself. */
    private static final double SLACK = 1e-9;

    @Test
    void quantilesAreWithinOnePercentOfTheOrderStatistic() {
        long seed = Long.getLong("seed", 31L);
        Random random = new Random(seed);
        double worst = 0;
        for (int round = 0; round < 300; round++) {
            double[] values = magnitudes(random, 1 + random.nextInt(2000));
            LogHistogram histogram = LogHistogram.ofMagnitudes(values);
            double[] sorted = Arrays.stream(values).map(Math::abs).sorted().toArray();
            for (double p : PROBABILITIES) {
                double exact = sorted[Math.max(1, (int) Math.ceil(p * sorted.length)) - 1];
                double actual = histogram.quantile(p);
                if (exact == 0) {
                    assertThat(actual).as("seed " + seed).isZero();
                } else {
                    worst = Math.max(worst, Math.abs(actual / exact - 1));
                }
            }
        }
        System.out.println("log histogram: largest relative error of a quantile " + worst);
        assertThat(worst).as("seed " + seed).isLessThanOrEqualTo(LogHistogram.RELATIVE_ERROR + SLACK);
    }

    private static double[] magnitudes(Random random, int count) {
        double spread = random.nextDouble() * 4;
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(30) == 0 ? 0 : random.nextGaussian() * Math.exp(spread * random.nextGaussian());
            // What lies below the layout counts as zero by contract; keep to what the bound is promised for.
            values[i] = Math.abs(values[i]) < 0x1p-39 ? 0 : values[i];
        }
        return values;
    }

    @Test
    void bucketEdgesKeepTheBound() {
        double gamma = (1 + LogHistogram.RELATIVE_ERROR) / (1 - LogHistogram.RELATIVE_ERROR);
        for (int index = LogHistogram.MIN_INDEX; index <= LogHistogram.MAX_INDEX; index++) {
            double edge = Math.pow(gamma, index);
            for (double value : new double[] {Math.nextDown(edge), edge, Math.nextUp(edge)}) {
                double actual = LogHistogram.ofMagnitudes(new double[] {value}).quantile(0.5);
                if (index > LogHistogram.MIN_INDEX && index < LogHistogram.MAX_INDEX) {
                    assertThat(Math.abs(actual / value - 1))
                            .as("index " + index)
                            .isLessThanOrEqualTo(LogHistogram.RELATIVE_ERROR + SLACK);
                }
            }
        }
        assertBound(0x1p-40 * 1.02);
        assertBound(0x1p24 * 0.98);
        assertBound(1.0);
    }

    private static void assertBound(double value) {
        double actual = LogHistogram.ofMagnitudes(new double[] {-value}).quantile(1);
        assertThat(Math.abs(actual / value - 1)).isLessThanOrEqualTo(LogHistogram.RELATIVE_ERROR + SLACK);
    }

    @Test
    void whatLiesOutsideIsCountedAsZeroOrOverflow() {
        LogHistogram histogram = LogHistogram.ofMagnitudes(new double[] {
            0, -0.0, 1e-20, Double.MIN_VALUE, 1, 1e30, Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY
        });
        assertThat(histogram.zero()).isEqualTo(4);
        assertThat(histogram.overflow()).isEqualTo(4);
        assertThat(histogram.total()).isEqualTo(9);
        assertThat(histogram.quantile(0.4)).isZero();
        assertThat(histogram.quantile(0.5)).isBetween(0.99, 1.01);
        assertThat(histogram.quantile(0.6)).isInfinite();
    }

    @Test
    void emptyAndSingleHistograms() {
        assertThat(LogHistogram.empty().quantile(0.5)).isNaN();
        assertThat(LogHistogram.empty().total()).isZero();
        assertThat(LogHistogram.ofMagnitudes(new double[0])).isEqualTo(LogHistogram.empty());
        LogHistogram one = LogHistogram.ofMagnitudes(new double[] {3});
        for (double p : PROBABILITIES) {
            assertThat(one.quantile(p)).isBetween(3 * 0.99 - SLACK, 3 * 1.01 + SLACK);
        }
        for (double bad : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> one.quantile(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void mergingIsTheHistogramOfBothInAnyOrder() {
        long seed = Long.getLong("seed", 32L);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            double[] all = magnitudes(random, 600);
            for (int i = 0; i < all.length; i += 97) {
                all[i] = Double.NaN;
            }
            int first = random.nextInt(200);
            int second = first + random.nextInt(400);
            LogHistogram a = LogHistogram.ofMagnitudes(Arrays.copyOfRange(all, 0, first));
            LogHistogram b = LogHistogram.ofMagnitudes(Arrays.copyOfRange(all, first, second));
            LogHistogram c = LogHistogram.ofMagnitudes(Arrays.copyOfRange(all, second, all.length));
            LogHistogram whole = LogHistogram.ofMagnitudes(all);
            assertThat(a.merge(b).merge(c)).as("seed " + seed).isEqualTo(whole).hasSameHashCodeAs(whole);
            assertThat(a.merge(b.merge(c))).as("seed " + seed).isEqualTo(whole);
            assertThat(c.merge(a).merge(b)).as("seed " + seed).isEqualTo(whole);
            assertThat(whole.merge(LogHistogram.empty())).isEqualTo(whole);
            assertThat(LogHistogram.empty().merge(whole)).isEqualTo(whole);
        }
    }

    @Test
    void denseAndSparseFormsAreTheSame() {
        long seed = Long.getLong("seed", 33L);
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            long[] dense = new long[LogHistogram.DENSE_BUCKETS];
            for (int i = random.nextInt(50); i > 0; i--) {
                dense[random.nextInt(dense.length)] = random.nextInt(1000);
            }
            LogHistogram histogram = LogHistogram.ofDense(dense);
            assertThat(histogram.total()).isEqualTo(Arrays.stream(dense).sum());
            LogHistogram sparse = LogHistogram.ofSparse(
                    histogram.zero(), histogram.overflow(), histogram.firstIndex(), histogram.counts());
            assertThat(sparse).as("seed " + seed).isEqualTo(histogram);
        }
        assertThat(LogHistogram.ofSparse(1, 0, -3, new long[] {0, 0, 5, 0}))
                .isEqualTo(LogHistogram.ofSparse(1, 0, -1, new long[] {5}));
    }

    @Test
    void whatNoHistogramCanHoldIsRefused() {
        assertThatThrownBy(() -> LogHistogram.ofDense(new long[3])).hasMessageContaining("3 dense counts");
        assertThatThrownBy(() -> LogHistogram.ofSparse(-1, 0, 0, new long[0])).hasMessageContaining("negative");
        assertThatThrownBy(() -> LogHistogram.ofSparse(0, 0, 0, new long[] {-1}))
                .hasMessageContaining("negative");
        assertThatThrownBy(() -> LogHistogram.ofSparse(0, 0, LogHistogram.MAX_INDEX, new long[2]))
                .hasMessageContaining("2 buckets from");
        assertThatThrownBy(() -> LogHistogram.ofSparse(0, 0, Integer.MIN_VALUE, new long[1]))
                .hasMessageContaining("1 buckets from");
        assertThatThrownBy(() -> LogHistogram.ofSparse(Long.MAX_VALUE, 1, 0, new long[0]))
                .hasMessageContaining("2^62");
    }
}
