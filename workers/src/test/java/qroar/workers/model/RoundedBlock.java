package qroar.workers.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.trial.Precision;
import qroar.workers.block.LayerWeights;
import qroar.workers.block.LayerWeights.Norm;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.tensors.Dtype;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchValue;

/**
 * The oracle of the fused block in 16 bits: plain loops in double, rounded to the type exactly where the block rounds.
 * That is behind every linear, norm, rotation, activation function, product and sum; where attention runs on the type's own
 * kernels, also the unnormalised weights exp(s - max), of the positions before the chunk and of the chunk itself, and the
 * output of either.
 */
final class RoundedBlock {
    private final ByteBuffer cell = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Dtype dtype;
    private final Arithmetic arithmetic;
    private final ModelConfig config;
    private final LayerWeights weights;

    RoundedBlock(ModelConfig config, LayerWeights weights, Arithmetic arithmetic) {
        this.config = config;
        this.weights = weights;
        this.arithmetic = arithmetic;
        this.dtype = arithmetic.precision() == Precision.FLOAT16 ? Dtype.F16 : Dtype.BF16;
    }

    double rounded(double value) {
        dtype.put(cell.clear(), (float) value);
        return dtype.get(cell.flip());
    }

    private double[] rounded(double[] values) {
        double[] rounded = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = rounded(values[i]);
        }
        return rounded;
    }

    /** @param input of the type, [positions, hidden]; attention sees it in chunks of that many positions */
    double[] forward(
            double[] input, int window, RopeFrequencies frequencies, @Nullable BandScales scales, int chunkTokens) {
        int hidden = config.hiddenSize();
        int n = input.length / hidden;
        double[] normed = rms(input, hidden, Norm.INPUT);
        double[] q = linear(normed, n, Projection.QUERY);
        double[] k = linear(normed, n, Projection.KEY);
        double[] v = linear(normed, n, Projection.VALUE);
        if (weights.norm(Norm.QUERY) != null) {
            q = rms(q, config.headDim(), Norm.QUERY);
            k = rms(k, config.headDim(), Norm.KEY);
        }
        q = rotated(q, n, frequencies, scales == null ? null : scales.queryPairScales());
        k = rotated(k, n, frequencies, scales == null ? null : scales.keyPairScales());
        double[] h = sum(input, linear(attention(q, k, v, n, window, chunkTokens), n, Projection.OUTPUT));
        double[] m = rms(h, hidden, Norm.POST_ATTENTION);
        double[] gate = linear(m, n, Projection.GATE);
        double[] up = linear(m, n, Projection.UP);
        for (int i = 0; i < gate.length; i++) {
            gate[i] = rounded(rounded(gate[i] / (1 + Math.exp(-gate[i]))) * up[i]);
        }
        return sum(h, linear(gate, n, Projection.DOWN));
    }

    private double[] sum(double[] a, double[] b) {
        double[] sum = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            sum[i] = rounded(a[i] + b[i]);
        }
        return sum;
    }

    private static double[] doubles(@Nullable TorchValue value) {
        if (value == null) {
            throw new IllegalStateException("no such tensor");
        }
        float[] floats = value.floats();
        double[] doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    private double[] rms(double[] x, int width, Norm norm) {
        double[] weight = rounded(doubles(weights.norm(norm)));
        double[] y = new double[x.length];
        for (int row = 0; row < x.length; row += width) {
            double squares = 0;
            for (int i = 0; i < width; i++) {
                squares += x[row + i] * x[row + i];
            }
            double inverse = 1 / Math.sqrt(squares / width + config.rmsNormEpsilon());
            for (int i = 0; i < width; i++) {
                y[row + i] = rounded(x[row + i] * inverse * weight[i]);
            }
        }
        return y;
    }

    private double[] linear(double[] x, int n, Projection projection) {
        double[] w = rounded(doubles(weights.weight(projection)));
        double[] bias = weights.bias(projection) == null ? null : rounded(doubles(weights.bias(projection)));
        int in = x.length / n;
        int out = w.length / in;
        double[] y = new double[n * out];
        for (int row = 0; row < n; row++) {
            for (int o = 0; o < out; o++) {
                double sum = bias == null ? 0 : bias[o];
                for (int i = 0; i < in; i++) {
                    sum += x[row * in + i] * w[o * in + i];
                }
                y[row * out + o] = rounded(sum);
            }
        }
        return y;
    }

    private double[] rotated(double[] x, int n, RopeFrequencies frequencies, double @Nullable [] scales) {
        int d = config.headDim();
        int heads = x.length / n / d;
        double[] invFreq = frequencies.invFreq();
        double[] y = new double[x.length];
        for (int i = 0; i < n * heads; i++) {
            for (int j = 0; j < d / 2; j++) {
                double factor = frequencies.attentionScaling() * (scales == null ? 1 : scales[j]);
                double angle = i / heads * invFreq[j];
                double cos = factor * Math.cos(angle);
                double sin = factor * Math.sin(angle);
                double a = x[i * d + j];
                double b = x[i * d + d / 2 + j];
                y[i * d + j] = rounded(a * cos - b * sin);
                y[i * d + d / 2 + j] = rounded(b * cos + a * sin);
            }
        }
        return y;
    }

    private double[] attention(double[] q, double[] k, double[] v, int n, int window, int chunkTokens) {
        int d = config.headDim();
        int heads = config.headCount();
        int group = heads / config.keyValueHeadCount();
        double[] o = new double[q.length];
        for (int row = 0; row < n; row++) {
            int from = Math.max(0, row + 1 - window);
            int chunk = row - row % chunkTokens;
            int end = Math.min(n, chunk + chunkTokens);
            // A mask means one call over everything that any row of the chunk sees.
            boolean masked = window < end;
            for (int head = 0; head < heads; head++) {
                int at = (row * heads + head) * d;
                int kv = head / group;
                double[] part = masked || chunk == 0
                        ? part(q, at, k, v, kv, from, row + 1)
                        : joined(part(q, at, k, v, kv, 0, chunk), part(q, at, k, v, kv, chunk, row + 1));
                for (int i = 0; i < d; i++) {
                    o[at + i] = rounded(part[i]);
                }
            }
        }
        return o;
    }

    /** Output over some keys, then the log-sum-exp of their logits. */
    private double[] part(double[] q, int at, double[] k, double[] v, int kv, int from, int to) {
        boolean own = arithmetic.products() == Arithmetic.Products.OF_THE_TYPE;
        int d = config.headDim();
        int width = config.keyValueHeadCount() * d;
        double[] logits = new double[to - from];
        double max = Double.NEGATIVE_INFINITY;
        for (int p = from; p < to; p++) {
            double dot = 0;
            for (int i = 0; i < d; i++) {
                dot += q[at + i] * k[p * width + kv * d + i];
            }
            logits[p - from] = dot / Math.sqrt(d);
            max = Math.max(max, logits[p - from]);
        }
        double total = 0;
        double[] out = new double[d + 1];
        for (int p = from; p < to; p++) {
            double weight = Math.exp(logits[p - from] - max);
            total += weight;
            for (int i = 0; i < d; i++) {
                out[i] += (own ? rounded(weight) : weight) * v[p * width + kv * d + i];
            }
        }
        for (int i = 0; i < d; i++) {
            out[i] = own ? rounded(out[i] / total) : out[i] / total;
        }
        out[d] = max + Math.log(total);
        return out;
    }

    private static double[] joined(double[] old, double[] own) {
        int last = old.length - 1;
        double share = 1 / (1 + Math.exp(old[last] - own[last]));
        double[] joined = new double[old.length];
        for (int i = 0; i < last; i++) {
            joined[i] = old[i] + share * (own[i] - old[i]);
        }
        return joined;
    }
}
