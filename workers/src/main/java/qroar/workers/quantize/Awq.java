package qroar.workers.quantize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.AwqQuantization;
import qroar.workers.block.BlockTrace;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.calibration.CalibrationStates;
import qroar.workers.calibration.LinearInputs;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.torch.QuantizeScript;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * Activation-aware weight quantization (Lin et al. 2023, arXiv 2306.00978, as their code has it): channel scales that
 * protect the columns of large inputs, folded into the norm or linear before them; then, where asked for, a clip search
 * on the scaled weights; then round to nearest. Inputs of a layer are the float outputs of the unchanged layers before
 * it. All scale searches of a layer run before any is applied.
 *
 * <p>v is scaled against o only where both weights have the same shape: with grouped heads one row of v serves several
 * columns of o. The clip search leaves q and k alone, whose products, and not whose outputs, matter.
 *
 * <p>Memory: weights of one layer twice, its widest linear five times over while it is tried, and the inputs of the layer's
 * linears for all calibration tokens, which lie in files beyond a bound.
 */
final class Awq implements WeightQuantizer {
    static final Algorithm<AwqQuantization> ALGORITHM = Algorithm.calibrated(
            AwqQuantization.class,
            (awq, run) -> new Awq(awq, run, Findings.NONE),
            (awq, config, size) -> workBytes(config, size));

    /** Tokens that the clip search looks at, about. */
    static final int CLIP_TOKENS = AwqQuantization.CLIP_TOKENS;

    /** Bound of one intermediate of the clip search. */
    private static final long CLIP_ELEMENTS = 1 << 24;

    private static final List<Projection> CLIPPED =
            List.of(Projection.VALUE, Projection.OUTPUT, Projection.GATE, Projection.UP, Projection.DOWN);

    /** What a search found, for tests and logs; tensors stay the searcher's. */
    interface Findings {
        Findings NONE = new Findings() {
            @Override
            public void scales(int layer, ChannelScales found) {}

            @Override
            public void clip(int layer, Projection projection, TorchValue bounds) {}
        };

        void scales(int layer, ChannelScales found);

        void clip(int layer, Projection projection, TorchValue bounds);
    }

    private final QuantizeScript script = TorchRuntime.quantize();
    private final AwqQuantization spec;
    private final RoundToNearest rounding;
    private final CalibrationStates states;
    private final TorchValue absent;
    private final Findings findings;

    /** @throws BadInput when the clip search has too few tokens, or an id lies outside the vocabulary */
    Awq(AwqQuantization spec, CalibrationRun run, Findings findings) {
        this.spec = spec;
        this.findings = findings;
        long tokens = run.tokens();
        if (spec.clip() && tokens < CLIP_TOKENS) {
            throw new BadInput("awq: " + tokens + " calibration tokens; the clip search needs at least " + CLIP_TOKENS
                    + " (or clip=false)");
        }
        rounding = new RoundToNearest(spec.bits(), spec.group());
        states = CalibrationStates.open(run);
        absent = TorchRuntime.decoder().absent(run.device());
    }

    /**
     * The inputs of a layer; beside them one sequence on its way, and the widest linear as gate and up are tried: both as
     * they become, and three times over while one is rounded.
     */
    private static long workBytes(ModelConfig config, CalibrationSize size) {
        long linear = 0;
        for (Projection projection : Projection.values()) {
            linear = Math.max(linear, (long) projection.inFeatures(config) * projection.outFeatures(config));
        }
        long clipping = 4L * Float.BYTES * CLIP_ELEMENTS;
        return LinearInputs.residentBytes(config, size.tokens())
                + size.traceBytes(config.hiddenSize(), config.intermediateSize())
                + Math.max(5 * Float.BYTES * linear, clipping + 2 * Float.BYTES * linear);
    }

    @Override
    public void quantize(int layer, LayerWeights weights) {
        if (layer != states.layer()) {
            throw new IllegalStateException("layer " + layer + " where layer " + states.layer() + " is due");
        }
        try (ValueScope scope = new ValueScope();
                LinearInputs inputs = states.inputs()) {
            List<ChannelScales> found = search(layer, weights, inputs, scope);
            found.forEach(scales -> scales.applyTo(weights));
            if (spec.clip()) {
                Map<Projection, TorchValue> dividedBy = new EnumMap<>(Projection.class);
                found.forEach(f -> f.pair().targets().forEach(target -> dividedBy.put(target, f.scales())));
                for (Projection projection : CLIPPED) {
                    clip(layer, projection, weights, inputs, dividedBy);
                }
            }
        }
        rounding.quantize(layer, weights);
    }

    private List<ChannelScales> search(int layer, LayerWeights weights, LinearInputs inputs, ValueScope scope) {
        List<ChannelScales> found = new ArrayList<>();
        try (TorchValue packed = weights.pack()) {
            for (int s = 0; s < states.sequences(); s++) {
                try (TorchValue state = states.of(s);
                        BlockTrace trace = states.blocks().trace(layer, packed, state)) {
                    inputs.put(s, trace::input);
                    states.put(s, trace.output());
                }
            }
            states.turn();
            AwqScaleSearch search = new AwqScaleSearch(spec, states.blocks(), layer, weights, packed, inputs, absent);
            for (ScalePair pair : ScalePair.values()) {
                if (pair != ScalePair.VALUE_TO_OUTPUT || sameShapeOfValueAndOutput(weights)) {
                    ChannelScales scales = scope.own(search.of(pair));
                    findings.scales(layer, scales);
                    found.add(scales);
                }
            }
        }
        return found;
    }

    private static boolean sameShapeOfValueAndOutput(LayerWeights weights) {
        return Arrays.equals(
                weights.weight(Projection.VALUE).shape(),
                weights.weight(Projection.OUTPUT).shape());
    }

    private void clip(
            int layer,
            Projection projection,
            LayerWeights weights,
            LinearInputs inputs,
            Map<Projection, TorchValue> dividedBy) {
        TorchValue weight = weights.weight(projection);
        int columns = Math.toIntExact(weight.shape()[1]);
        int group = spec.group() == 0 ? columns : spec.group();
        TorchValue scales = dividedBy.get(projection);
        try (TorchValue sampled = inputs.every(projection, states.tokens() / CLIP_TOKENS);
                TorchValue x = scales == null ? sampled.share() : script.over(sampled, scales)) {
            long perRow = Math.max(columns, (columns + group - 1) / group * x.shape()[0]);
            int part = (int) Math.max(1, CLIP_ELEMENTS / perRow);
            try (TorchValue bounds = script.clipBounds(weight, x, spec.bits(), group, part)) {
                findings.clip(layer, projection, bounds);
                weights.replaceWeight(projection, script.clampedGroups(weight, bounds, group));
            }
        }
    }

    @Override
    public void close() {
        absent.close();
        states.close();
    }
}
