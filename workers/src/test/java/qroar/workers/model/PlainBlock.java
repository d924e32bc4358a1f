package qroar.workers.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeFrequencies;
import qroar.workers.block.LayerWeights;
import qroar.workers.block.LayerWeights.Norm;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.torch.TorchValue;

/**
 * The oracle of the fused block: the textbook formulas in plain NDArray operations. Projections apart, halves of a head
 * rotated as transformers does, heads repeated, one score matrix with one mask, softmax.
 */
final class PlainBlock {
    /** All row-major; the q and k of [positions, heads, headDim] in the checkpoint's order of rows. */
    record Result(float[] output, float[] queryBefore, float[] keyBefore, float[] queryAfter, float[] keyAfter) {}

    private final NDManager manager;
    private final ModelConfig config;
    private final LayerWeights weights;

    PlainBlock(NDManager manager, ModelConfig config, LayerWeights weights) {
        this.manager = manager;
        this.config = config;
        this.weights = weights;
    }

    Result forward(float[] input, int window, RopeFrequencies frequencies, @Nullable BandScales scales) {
        int n = input.length / config.hiddenSize();
        int d = config.headDim();
        NDArray x = manager.create(input, new Shape(n, config.hiddenSize()));
        NDArray normed = rms(x, norm(Norm.INPUT));
        NDArray q = heads(linear(normed, Projection.QUERY), config.headCount());
        NDArray k = heads(linear(normed, Projection.KEY), config.keyValueHeadCount());
        NDArray v = heads(linear(normed, Projection.VALUE), config.keyValueHeadCount());
        if (weights.norm(Norm.QUERY) != null) {
            q = rms(q, norm(Norm.QUERY));
            k = rms(k, norm(Norm.KEY));
        }
        NDArray rotatedQ = rotate(q, frequencies, scales == null ? null : scales.queryPairScales());
        NDArray rotatedK = rotate(k, frequencies, scales == null ? null : scales.keyPairScales());
        int group = config.headCount() / config.keyValueHeadCount();
        NDArray keys = rotatedK.repeat(1, group).transpose(1, 0, 2);
        NDArray values = v.repeat(1, group).transpose(1, 0, 2);
        NDArray scores = rotatedQ.transpose(1, 0, 2)
                .matMul(keys.transpose(0, 2, 1))
                .mul(1 / Math.sqrt(d))
                .add(mask(n, window));
        NDArray attended = scores.softmax(-1).matMul(values).transpose(1, 0, 2).reshape(n, config.headCount() * d);
        NDArray h = x.add(linear(attended, Projection.OUTPUT));
        NDArray m = rms(h, norm(Norm.POST_ATTENTION));
        NDArray gate = linear(m, Projection.GATE);
        NDArray silu = gate.div(gate.neg().exp().add(1));
        NDArray output = h.add(linear(silu.mul(linear(m, Projection.UP)), Projection.DOWN));
        return new Result(
                output.toFloatArray(),
                q.toFloatArray(),
                k.toFloatArray(),
                rotatedQ.toFloatArray(),
                rotatedK.toFloatArray());
    }

    private NDArray array(@Nullable TorchValue value) {
        if (value == null) {
            throw new IllegalStateException("no such tensor");
        }
        return manager.create(value.floats(), new Shape(value.shape()));
    }

    private NDArray norm(Norm norm) {
        return array(weights.norm(norm));
    }

    private NDArray linear(NDArray x, Projection projection) {
        NDArray y = x.matMul(array(weights.weight(projection)).transpose());
        return weights.bias(projection) == null ? y : y.add(array(weights.bias(projection)));
    }

    private NDArray heads(NDArray x, int count) {
        return x.reshape(x.getShape().get(0), count, config.headDim());
    }

    private NDArray rms(NDArray x, NDArray weight) {
        NDArray meanSquare = x.square().mean(new int[] {-1}, true);
        return x.div(meanSquare.add(config.rmsNormEpsilon()).sqrt()).mul(weight);
    }

    private NDArray rotate(NDArray x, RopeFrequencies frequencies, double @Nullable [] scales) {
        int n = (int) x.getShape().get(0);
        int pairs = config.headDim() / 2;
        double[] invFreq = frequencies.invFreq();
        float[] cos = new float[n * pairs * 2];
        float[] sin = new float[n * pairs * 2];
        for (int i = 0; i < cos.length; i++) {
            int j = i % pairs;
            double factor = frequencies.attentionScaling() * (scales == null ? 1 : scales[j]);
            double angle = i / (2 * pairs) * invFreq[j];
            cos[i] = (float) (factor * Math.cos(angle));
            sin[i] = (float) (factor * Math.sin(angle));
        }
        Shape shape = new Shape(n, 1, 2L * pairs);
        NDList halves = x.split(2, 2);
        NDArray turned = halves.get(1).neg().concat(halves.get(0), 2);
        return x.mul(manager.create(cos, shape)).add(turned.mul(manager.create(sin, shape)));
    }

    private NDArray mask(int n, int window) {
        float[] mask = new float[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                mask[i * n + j] = j <= i && (long) j > (long) i - window ? 0 : Float.NEGATIVE_INFINITY;
            }
        }
        return manager.create(mask, new Shape(n, n)).toType(DataType.FLOAT32, false);
    }
}
