package qroar.workers.quantize;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.GptqQuantization;
import qroar.workers.block.BlockInputs;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.calibration.CalibrationStates;
import qroar.workers.calibration.LinearInputs;
import qroar.workers.checkpoint.Headway;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.torch.QuantizeScript;
import qroar.workers.torch.QuantizeScript.ColumnOrder;
import qroar.workers.torch.QuantizeScript.GptqWeight;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * Column by column with error feedback through the inverse Hessian (Frantar et al. 2022, arXiv 2210.17323, as their code
 * has it): H = (2 / sequences) sum x x^T, damped by a hundredth of its mean diagonal; dead inputs (H_ii = 0) lose their
 * column; blocks of 128 columns; error (w - q) / U_ii with U the upper Cholesky factor of the inverse of H. A layer's
 * inputs come from the quantized layers before it; true-sequential also refreshes them inside the layer, in the order
 * k, v, q; o; up, gate; down.
 *
 * <p>The Hessian is factorised in double: outlier channels make factors in float32 break down. Everything else is
 * float32. Given H, rows of a matrix do not see each other, so Q(sW) = sQ(W) per row; H of later layers does see s.
 *
 * <p>Memory: weights of one layer twice, the Hessians of its inputs, and of one input while it is factorised twice over in
 * double.
 */
final class Gptq implements WeightQuantizer {
    static final Algorithm<GptqQuantization> ALGORITHM = Algorithm.calibrated(
            GptqQuantization.class,
            (gptq, run) -> new Gptq(gptq, run, Findings.NONE),
            (gptq, config, size) -> workBytes(config, size));

    private static final List<List<Projection>> AT_ONCE = List.of(List.of(Projection.values()));
    private static final List<List<Projection>> IN_SEQUENCE = List.of(
            List.of(Projection.KEY, Projection.VALUE, Projection.QUERY),
            List.of(Projection.OUTPUT),
            List.of(Projection.UP, Projection.GATE),
            List.of(Projection.DOWN));

    /** Told of each matrix, for tests and logs. */
    interface Findings {
        Findings NONE = (layer, projection, error) -> {};

        /** @param error half the sum of ((w - q) / U_ii)^2 */
        void quantized(int layer, Projection projection, double error);
    }

    private final QuantizeScript script = TorchRuntime.quantize();
    private final GptqQuantization spec;
    private final ModelConfig config;
    private final TorchDevice device;
    private final CalibrationStates states;
    private final Findings findings;

    /** @throws BadInput when a token id lies outside the vocabulary, or sequences are missing or uneven */
    Gptq(GptqQuantization spec, CalibrationRun run, Findings findings) {
        this.spec = spec;
        this.config = run.config();
        this.device = run.device();
        this.findings = findings;
        states = CalibrationStates.open(run);
    }

    /**
     * Sums of all inputs of a layer; beside them either one sequence on its way, or the widest matrix twice in double while
     * it is inverted, or its factor and the widest linear four times over.
     */
    private static long workBytes(ModelConfig config, CalibrationSize size) {
        long sums = 0;
        long widest = 0;
        long linear = 0;
        for (Projection projection : Projection.values()) {
            long in = projection.inFeatures(config);
            sums += LinearInputs.keptUnder(projection) == projection ? Float.BYTES * in * in : 0;
            widest = Math.max(widest, in * in);
            linear = Math.max(linear, in * projection.outFeatures(config));
        }
        long inverting = 2 * Double.BYTES * widest;
        long feedingBack = Float.BYTES * (widest + 4 * linear);
        long tracing = size.traceBytes(config.hiddenSize(), config.intermediateSize());
        return sums + Math.max(Math.max(inverting, feedingBack), tracing);
    }

    /** @throws BadInput when activations are not finite */
    @Override
    public void quantize(int layer, LayerWeights weights) {
        if (layer != states.layer()) {
            throw new IllegalStateException("layer " + layer + " where layer " + states.layer() + " is due");
        }
        for (List<Projection> stage : spec.trueSequential() ? IN_SEQUENCE : AT_ONCE) {
            quantize(layer, weights, stage);
        }
        if (layer + 1 == config.layerCount()) {
            states.turn();
            return;
        }
        try (TorchValue packed = weights.pack()) {
            states.advance(packed);
        }
    }

    private void quantize(int layer, LayerWeights weights, List<Projection> stage) {
        try (ValueScope scope = new ValueScope()) {
            Map<Projection, TorchValue> sums = sums(layer, weights, stage, scope);
            for (Map.Entry<Projection, TorchValue> input : sums.entrySet()) {
                try (TorchValue factor = factor(layer, input.getKey(), input.getValue())) {
                    input.getValue().close();
                    for (Projection projection : stage) {
                        if (LinearInputs.keptUnder(projection) == input.getKey()) {
                            quantize(layer, weights, projection, factor);
                            Headway.step();
                        }
                    }
                }
            }
        }
    }

    /** Sum of x x^T per distinct input of the stage's linears. */
    private Map<Projection, TorchValue> sums(
            int layer, LayerWeights weights, List<Projection> stage, ValueScope scope) {
        Map<Projection, TorchValue> sums = new EnumMap<>(Projection.class);
        for (Projection projection : stage) {
            sums.computeIfAbsent(
                    LinearInputs.keptUnder(projection),
                    kept -> scope.own(script.zeroSums(kept.inFeatures(config), device)));
        }
        try (TorchValue packed = weights.pack()) {
            for (int s = 0; s < states.sequences(); s++) {
                try (TorchValue state = states.of(s);
                        BlockInputs inputs = states.blocks().inputs(layer, packed, state, stage)) {
                    sums.forEach((kept, sum) -> script.addProducts(sum, inputs.input(kept)));
                }
            }
        }
        return sums;
    }

    private TorchValue factor(int layer, Projection input, TorchValue sums) {
        TorchValue factor = script.gptqFactor(
                sums, states.sequences(), spec.actOrder() ? ColumnOrder.BY_ACTIVATION : ColumnOrder.AS_STORED);
        if (!script.isFactor(factor)) {
            factor.close();
            throw new BadInput("gptq: inputs of '" + input.weight(layer)
                    + "' over the calibration tokens have no Hessian that can be inverted; weights or activations are"
                    + " not finite");
        }
        return factor;
    }

    private void quantize(int layer, LayerWeights weights, Projection projection, TorchValue factor) {
        GptqWeight result = script.gptq(
                weights.weight(projection), factor, spec.bits(), spec.group(), spec.symmetric(), spec.staticGroups());
        weights.replaceWeight(projection, result.weight(), result.codes());
        try (TorchValue error = result.error()) {
            findings.quantized(layer, projection, error.floats()[0]);
        }
    }

    @Override
    public void close() {
        states.close();
    }
}
