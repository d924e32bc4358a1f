package qroar.workers.quantize;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.quantization.SmoothQuantization;
import qroar.workers.block.BlockTrace;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.calibration.CalibrationStates;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.torch.QuantizeScript;
import qroar.workers.torch.QuantizeScript.CodedWeight;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * SmoothQuant (Xiao et al. 2023, arXiv 2211.10438, section 4, as their code treats LLaMA): for the linears behind a norm, q, k
 * and v together and gate and up together, s = max(X^alpha / max(W, 1e-5)^(1 - alpha), 1e-5) with X the largest magnitude of
 * the input's channel over the calibration tokens and W that of the linears' column; the norm's weight is divided by s, the
 * columns are multiplied. Then every linear, o and down unsmoothed, is rounded to nearest on a symmetric grid, scale =
 * max(peak, 1e-5) / (2^(b-1) - 1). Inputs of a layer are the float outputs of the unchanged layers before it.
 *
 * <p>What is smoothed for, quantized inputs of the linears, is {@code act-bits}, and happens while the model runs. Their code
 * floors the scale of an input's row at 1e-5 / 127; here a row of smaller values keeps its own.
 *
 * <p>Memory: weights of one layer twice, and one sequence on its way, or the widest linear four times over.
 */
final class SmoothQuant implements WeightQuantizer {
    static final Algorithm<SmoothQuantization> ALGORITHM = Algorithm.calibrated(
            SmoothQuantization.class,
            (smooth, run) -> new SmoothQuant(smooth, run, (layer, pair, scales) -> {}),
            (smooth, config, size) -> workBytes(config, size));

    private static final List<ScalePair> SMOOTHED = List.of(ScalePair.INPUT_NORM, ScalePair.POST_ATTENTION_NORM);
    private static final int LINEAR_COPIES = 4;

    /** Told of each smoothing, for tests; the tensor stays the quantizer's. */
    @FunctionalInterface
    interface Findings {
        void smoothed(int layer, ScalePair pair, TorchValue scales);
    }

    private final QuantizeScript script = TorchRuntime.quantize();
    private final SmoothQuantization spec;
    private final ModelConfig config;
    private final CalibrationRun run;
    private final CalibrationStates states;
    private final Findings findings;

    /** @throws qroar.protocol.BadInput when a token id lies outside the vocabulary, or sequences are missing or uneven */
    SmoothQuant(SmoothQuantization spec, CalibrationRun run, Findings findings) {
        this.spec = spec;
        this.config = run.config();
        this.run = run;
        this.findings = findings;
        states = CalibrationStates.open(run);
    }

    private static long workBytes(ModelConfig config, CalibrationSize size) {
        long linear = 0;
        for (Projection projection : Projection.values()) {
            linear = Math.max(linear, (long) projection.inFeatures(config) * projection.outFeatures(config));
        }
        return Math.max(
                size.traceBytes(config.hiddenSize(), config.intermediateSize()), LINEAR_COPIES * Float.BYTES * linear);
    }

    @Override
    public void quantize(int layer, LayerWeights weights) {
        if (layer != states.layer()) {
            throw new IllegalStateException("layer " + layer + " where layer " + states.layer() + " is due");
        }
        try (ValueScope scope = new ValueScope()) {
            List<TorchValue> peaks = peaks(layer, weights, scope);
            for (int i = 0; i < SMOOTHED.size(); i++) {
                smooth(layer, SMOOTHED.get(i), weights, peaks.get(i));
            }
        }
        for (Projection projection : Projection.values()) {
            TorchValue weight = weights.weight(projection);
            int group = spec.group() == 0 ? Math.toIntExact(weight.shape()[1]) : spec.group();
            CodedWeight coded = script.roundSymmetric(weight, spec.bits(), group);
            weights.replaceWeight(projection, coded.weight(), coded.codes());
        }
    }

    /** Largest magnitudes of the channels behind each norm; the states become those behind the layer. */
    private List<TorchValue> peaks(int layer, LayerWeights weights, ValueScope scope) {
        List<TorchValue> peaks = new ArrayList<>();
        for (ScalePair pair : SMOOTHED) {
            peaks.add(scope.own(script.zeroPeaks(pair.targets().get(0).inFeatures(config), run.device())));
        }
        try (TorchValue packed = weights.pack()) {
            for (int s = 0; s < states.sequences(); s++) {
                try (TorchValue state = states.of(s);
                        BlockTrace trace = states.blocks().trace(layer, packed, state)) {
                    for (int i = 0; i < SMOOTHED.size(); i++) {
                        script.addPeaks(
                                peaks.get(i),
                                trace.input(SMOOTHED.get(i).targets().get(0)));
                    }
                    states.put(s, trace.output());
                }
            }
        }
        states.turn();
        return peaks;
    }

    private void smooth(int layer, ScalePair pair, LayerWeights weights, TorchValue peaks) {
        List<TorchValue> linears = pair.targets().stream().map(weights::weight).toList();
        try (TorchValue scales = script.smoothing(peaks, linears, spec.alpha())) {
            findings.smoothed(layer, pair, scales);
            pair.fold(weights, scales);
        }
    }

    @Override
    public void close() {
        states.close();
    }
}
