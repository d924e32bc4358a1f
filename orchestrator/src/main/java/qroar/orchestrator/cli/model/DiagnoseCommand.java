package qroar.orchestrator.cli.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.experiments.search.TailInflation;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.input.TrainedWindow;
import qroar.orchestrator.cli.option.DocumentOptions;
import qroar.orchestrator.cli.option.ModelOptions;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;
import qroar.protocol.rope.Band;
import qroar.protocol.rope.BandPartition;
import qroar.protocol.rope.InterpolationPressure;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.PassPlan;
import qroar.workers.model.ReadingPlan;
import qroar.workers.text.TokenizedDocument;

/** {@code qroar diagnose}: interpolation pressure and tail inflation, the two things a search is guided by. */
@Command(
        name = "diagnose",
        description = "Interpolation pressure and tail inflation of each band, which guide a search.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "IP: mean over the band of inv_freq D, radians, at the displacement D = L: how much a small error of the band's"
                    + " frequency turns its phase. Phase deviation: how far interpolation has turned it, |phi_PI - phi_0|.",
            "",
            "TIR: the tail of |W_Q x| and |W_K x| (the larger ratio counts) at L tokens with the interpolation, divided by"
                    + " the tail at the short length without any: TIR_W before the rotation, TIR_A after it. Quantiles"
                    + " come from histograms with a relative error of at most 1 %."
        })
public final class DiagnoseCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private DocumentOptions texts = new DocumentOptions();

    @Option(
            names = "--bands",
            paramLabel = "B",
            defaultValue = "8",
            description = "log-spaced bands (default ${DEFAULT-VALUE})")
    private int bands = 8;

    @Option(
            names = "--length",
            paramLabel = "L",
            description = "tokens of the long context; left out, those of the shortest document")
    private @Nullable Integer length;

    @Option(
            names = "--short",
            paramLabel = "L0",
            description = "tokens of the short context; left out, the trained window, at most the long" + " context")
    private @Nullable Integer shortLength;

    @Option(
            names = "--quantile",
            paramLabel = "P",
            defaultValue = "0.999",
            description = "where a tail begins (default ${DEFAULT-VALUE})")
    private double quantile = 0.999;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        if (bands < 1) {
            throw new BadInput("--bands " + bands + " must be at least 1");
        }
        if (!(quantile > 0 && quantile < 1)) {
            throw new BadInput("--quantile " + quantile + " must lie between 0 and 1");
        }
        Checkpoint checkpoint = model.checkpoint();
        RopeScaling rope = model.rope(checkpoint);
        RopeGeometry geometry = checkpoint.config().geometry();
        BandPartition partition = BandPartition.logSpaced(geometry.pairCount(), bands);
        try (DocumentReader reader = new DocumentReader(checkpoint)) {
            List<TokenizedDocument> documents = texts.read(reader);
            int longer = length != null
                    ? length
                    : documents.stream().mapToInt(d -> d.ref().tokens()).min().orElseThrow();
            int shorter = shortLength != null ? shortLength : Math.min(TrainedWindow.of(checkpoint.config()), longer);
            if (shorter > longer) {
                throw new BadInput("--short " + shorter + " must be at most the long context, " + longer);
            }
            Evaluator.checkLengths(documents, List.of(shorter));
            Evaluator.checkLengths(documents, List.of(longer));
            Diagnosis diagnosis = new Diagnosis(geometry, rope, partition, longer, shorter);
            try (DecoderModel loaded = model.load(checkpoint, reader, longer, ReadingPlan.BY_DOCUMENT)) {
                List<LayerActivations> interpolated = activations(loaded, rope, documents, longer);
                List<LayerActivations> trained = activations(loaded, new NoScaling(), documents, shorter);
                TailInflation pooled = TailInflation.pooled(partition, quantile, interpolated, trained);
                TreeMap<Integer, TailInflation> layers =
                        TailInflation.perLayer(partition, quantile, interpolated, trained);
                if (json) {
                    System.out.println(Output.json(result(diagnosis, documents, pooled, layers)));
                } else {
                    print(diagnosis, pooled, layers);
                }
            }
        }
        return ExitCode.DONE.code();
    }

    /** What follows from the scaling alone. */
    private static final class Diagnosis {
        private final RopeScaling rope;
        private final BandPartition partition;
        private final int longer;
        private final int shorter;
        private final double[] pressure;
        private final double[] deviation;

        Diagnosis(RopeGeometry geometry, RopeScaling rope, BandPartition partition, int longer, int shorter) {
            this.rope = rope;
            this.partition = partition;
            this.longer = longer;
            this.shorter = shorter;
            pressure = InterpolationPressure.ofBands(partition, InverseFrequencies.of(geometry, rope, longer), longer);
            deviation = InterpolationPressure.phaseDeviation(
                    partition,
                    InverseFrequencies.of(geometry, new NoScaling(), longer),
                    InverseFrequencies.of(geometry, rope, longer),
                    longer);
        }
    }

    private static List<LayerActivations> activations(
            DecoderModel loaded, RopeScaling rope, List<TokenizedDocument> documents, int tokens) {
        List<LayerActivations> activations = new ArrayList<>();
        for (int document = 0; document < documents.size(); document++) {
            PassPlan plan = PassPlan.of(loaded.config(), rope, null, tokens, Probe.LOSSES_AND_ACTIVATIONS);
            try (DocumentPass pass = DocumentPass.open(loaded, plan, () -> false)) {
                pass.advance(documents.get(document).tokens(), 0, tokens);
                activations.addAll(pass.activations(document));
            }
        }
        return activations;
    }

    private Map<String, Object> result(
            Diagnosis diagnosis,
            List<TokenizedDocument> documents,
            TailInflation pooled,
            TreeMap<Integer, TailInflation> layers) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int b = 0; b < diagnosis.partition.bandCount(); b++) {
            Band band = diagnosis.partition.bands().get(b);
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("pairs", List.of(band.fromPair(), band.toPair()));
            row.put("interpolationPressure", diagnosis.pressure[b]);
            row.put("phaseDeviation", diagnosis.deviation[b]);
            row.put("tirW", known(pooled.beforeRotation()[b]));
            row.put("tirA", known(pooled.afterRotation()[b]));
            List<Map<String, Object>> perLayer = new ArrayList<>();
            for (Map.Entry<Integer, TailInflation> layer : layers.entrySet()) {
                Map<String, Object> of = new LinkedHashMap<>();
                of.put("layer", layer.getKey());
                of.put("tirW", known(layer.getValue().beforeRotation()[b]));
                of.put("tirA", known(layer.getValue().afterRotation()[b]));
                perLayer.add(of);
            }
            row.put("layers", perLayer);
            rows.add(row);
        }
        Map<String, Object> result = new LinkedHashMap<>(model.describe(diagnosis.rope));
        result.put("length", diagnosis.longer);
        result.put("short", diagnosis.shorter);
        result.put("quantile", quantile);
        result.put("bands", rows);
        result.put("documents", documents.stream().map(TokenizedDocument::ref).toList());
        return result;
    }

    private static @Nullable Double known(double ratio) {
        return Double.isNaN(ratio) || Double.isInfinite(ratio) ? null : ratio;
    }

    private void print(Diagnosis diagnosis, TailInflation pooled, TreeMap<Integer, TailInflation> layers) {
        System.out.println("long context " + diagnosis.longer + " tokens, short context " + diagnosis.shorter
                + " tokens without interpolation, tails at " + quantile);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("band", "pairs", "IP (rad)", "phase deviation (rad)", "TIR_W", "TIR_A", "TIR_W by layer"));
        for (int b = 0; b < diagnosis.partition.bandCount(); b++) {
            Band band = diagnosis.partition.bands().get(b);
            int index = b;
            rows.add(List.of(
                    String.valueOf(b),
                    band.fromPair() + ".." + (band.toPair() - 1),
                    Output.fixed(diagnosis.pressure[b], 4),
                    Output.fixed(diagnosis.deviation[b], 4),
                    Output.fixed(pooled.beforeRotation()[b], 3),
                    Output.fixed(pooled.afterRotation()[b], 3),
                    String.join(
                            " ",
                            layers.values().stream()
                                    .map(layer -> Output.fixed(layer.beforeRotation()[index], 3))
                                    .toList())));
        }
        Columns.of(rows).forEach(System.out::println);
    }
}
