package qroar.workers.quantize;

import java.util.EnumMap;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.AwqQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.block.SequenceBlocks;
import qroar.workers.calibration.LinearInputs;
import qroar.workers.config.Projection;
import qroar.workers.torch.QuantizeScript;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * The search for channel scales in one layer (Lin et al. 2023, section 3.2, as their code has it): with x the mean of
 * |input| per channel, for r = 0, 0.05 .. 0.95: s = max(x^r, 1e-4), over sqrt(max s min s); the listed linears become
 * Q(W s) / s; loss = mean squared error of the output of the part they stand in: attention for q, k, v; the
 * feed-forward part for gate and up; the linear itself for o and down. The first strictly smallest loss wins; a NaN
 * never does. Reads the layer's weights and changes nothing.
 */
final class AwqScaleSearch {
    static final int RATIOS = 20;

    private final QuantizeScript script = TorchRuntime.quantize();
    private final AwqQuantization spec;
    private final SequenceBlocks blocks;
    private final int layer;
    private final LayerWeights weights;
    private final TorchValue packed;
    private final LinearInputs inputs;
    private final TorchValue absent;

    /**
     * @param packed the same weights, fused
     * @param inputs of the layer's linears, from these weights
     * @param absent stands for a bias that is not there
     */
    AwqScaleSearch(
            AwqQuantization spec,
            SequenceBlocks blocks,
            int layer,
            LayerWeights weights,
            TorchValue packed,
            LinearInputs inputs,
            TorchValue absent) {
        this.spec = spec;
        this.blocks = blocks;
        this.layer = layer;
        this.weights = weights;
        this.packed = packed;
        this.inputs = inputs;
        this.absent = absent;
    }

    /** @throws BadInput when no ratio has a finite loss */
    ChannelScales of(ScalePair pair) {
        TorchValue magnitude = inputs.meanMagnitude(pair.targets().get(0));
        TorchValue best = null;
        try {
            double[] losses = new double[RATIOS];
            int winner = -1;
            for (int i = 0; i < RATIOS; i++) {
                TorchValue scales = script.channelScales(magnitude, (double) i / RATIOS);
                try {
                    losses[i] = loss(pair, scales);
                    if (winner < 0 ? losses[i] < Double.POSITIVE_INFINITY : losses[i] < losses[winner]) {
                        winner = i;
                        TorchValue beaten = best;
                        best = scales.share();
                        if (beaten != null) {
                            beaten.close();
                        }
                    }
                } finally {
                    scales.close();
                }
            }
            if (best == null) {
                throw new BadInput("awq: no scales of '" + pair.targets().get(0).weight(layer)
                        + "' have a finite loss on the calibration tokens; weights or activations are not finite");
            }
            return new ChannelScales(pair, losses, winner, magnitude, best);
        } catch (RuntimeException | Error e) {
            magnitude.close();
            if (best != null) {
                best.close();
            }
            throw e;
        }
    }

    private double loss(ScalePair pair, TorchValue scales) {
        try (ValueScope scope = new ValueScope()) {
            Map<Projection, TorchValue> rounded = new EnumMap<>(Projection.class);
            for (Projection target : pair.targets()) {
                rounded.put(target, scope.own(rounded(target, scales)));
            }
            return switch (pair) {
                case INPUT_NORM -> attentionLoss(rounded);
                case POST_ATTENTION_NORM -> feedForwardLoss(rounded);
                case VALUE_TO_OUTPUT, UP_TO_DOWN -> linearLoss(pair.targets().get(0), rounded);
            };
        }
    }

    private TorchValue rounded(Projection target, TorchValue scales) {
        TorchValue weight = weights.weight(target);
        int group = spec.group() == 0 ? Math.toIntExact(weight.shape()[1]) : spec.group();
        return script.roundScaled(weight, scales, spec.bits(), group);
    }

    private double attentionLoss(Map<Projection, TorchValue> rounded) {
        try (TorchValue changed = blocks.withQueryKeyValue(
                packed, of(rounded, Projection.QUERY), of(rounded, Projection.KEY), of(rounded, Projection.VALUE))) {
            double sum = 0;
            for (int s = 0; s < inputs.sequences(); s++) {
                try (TorchValue x = inputs.of(Projection.QUERY, s);
                        TorchValue exact = inputs.of(Projection.OUTPUT, s);
                        TorchValue out = blocks.attentionOutput(layer, changed, x)) {
                    sum += script.squaredDifference(out, exact, weights.weight(Projection.OUTPUT));
                }
            }
            return mean(sum, Projection.OUTPUT);
        }
    }

    private double feedForwardLoss(Map<Projection, TorchValue> rounded) {
        double sum = 0;
        for (int s = 0; s < inputs.sequences(); s++) {
            try (TorchValue x = inputs.of(Projection.GATE, s);
                    TorchValue exact = inputs.of(Projection.DOWN, s);
                    TorchValue gated = script.gated(
                            x,
                            of(rounded, Projection.GATE),
                            bias(Projection.GATE),
                            of(rounded, Projection.UP),
                            bias(Projection.UP))) {
                sum += script.squaredDifference(gated, exact, weights.weight(Projection.DOWN));
            }
        }
        return mean(sum, Projection.DOWN);
    }

    private double linearLoss(Projection linear, Map<Projection, TorchValue> rounded) {
        double sum = 0;
        for (int s = 0; s < inputs.sequences(); s++) {
            try (TorchValue x = inputs.of(linear, s)) {
                sum += script.squaredChange(x, of(rounded, linear), weights.weight(linear));
            }
        }
        return mean(sum, linear);
    }

    private double mean(double sum, Projection outputs) {
        return sum / ((double) inputs.tokens() * weights.weight(outputs).shape()[0]);
    }

    private TorchValue bias(Projection projection) {
        TorchValue bias = weights.bias(projection);
        return bias == null ? absent : bias;
    }

    private static TorchValue of(Map<Projection, TorchValue> rounded, Projection projection) {
        TorchValue value = rounded.get(projection);
        if (value == null) {
            throw new IllegalStateException(projection + " is not searched here");
        }
        return value;
    }
}
