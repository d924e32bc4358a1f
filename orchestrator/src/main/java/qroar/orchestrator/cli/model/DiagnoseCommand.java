package qroar.orchestrator.cli.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.experiments.diagnosis.TailInflation;
import qroar.orchestrator.app.measurement.BandDiagnosis;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.cli.option.DocumentOptions;
import qroar.orchestrator.cli.option.ModelOptions;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.band.Band;

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
                    + " come from histograms with a relative error of at most 1 %%."
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
        BandDiagnosis.Settings settings = new BandDiagnosis.Settings(bands, length, shortLength, quantile);
        ChosenModel chosen = ChosenModel.open(model.settings());
        BandDiagnosis.Result found = BandDiagnosis.of(settings, chosen, texts.source());
        if (json) {
            System.out.println(Output.json(result(chosen, found)));
        } else {
            print(found);
        }
        return ExitCode.DONE.code();
    }

    private Map<String, Object> result(ChosenModel chosen, BandDiagnosis.Result found) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int b = 0; b < found.partition().bandCount(); b++) {
            Band band = found.partition().bands().get(b);
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("pairs", List.of(band.fromPair(), band.toPair()));
            row.put("interpolationPressure", found.pressure()[b]);
            row.put("phaseDeviation", found.deviation()[b]);
            row.put("tirW", known(found.pooled().beforeRotation()[b]));
            row.put("tirA", known(found.pooled().afterRotation()[b]));
            List<Map<String, Object>> perLayer = new ArrayList<>();
            for (Map.Entry<Integer, TailInflation> layer : found.layers().entrySet()) {
                Map<String, Object> of = new LinkedHashMap<>();
                of.put("layer", layer.getKey());
                of.put("tirW", known(layer.getValue().beforeRotation()[b]));
                of.put("tirA", known(layer.getValue().afterRotation()[b]));
                perLayer.add(of);
            }
            row.put("layers", perLayer);
            rows.add(row);
        }
        Map<String, Object> result = new LinkedHashMap<>(chosen.describe());
        result.put("length", found.longer());
        result.put("short", found.shorter());
        result.put("quantile", quantile);
        result.put("bands", rows);
        result.put("documents", found.documents());
        return result;
    }

    private static @Nullable Double known(double ratio) {
        return Double.isNaN(ratio) || Double.isInfinite(ratio) ? null : ratio;
    }

    private void print(BandDiagnosis.Result found) {
        System.out.println("long context " + found.longer() + " tokens, short context " + found.shorter()
                + " tokens without interpolation, tails at " + quantile);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("band", "pairs", "IP (rad)", "phase deviation (rad)", "TIR_W", "TIR_A", "TIR_W by layer"));
        for (int b = 0; b < found.partition().bandCount(); b++) {
            Band band = found.partition().bands().get(b);
            int index = b;
            rows.add(List.of(
                    String.valueOf(b),
                    band.fromPair() + ".." + (band.toPair() - 1),
                    Output.fixed(found.pressure()[b], 4),
                    Output.fixed(found.deviation()[b], 4),
                    Output.fixed(found.pooled().beforeRotation()[b], 3),
                    Output.fixed(found.pooled().afterRotation()[b], 3),
                    String.join(
                            " ",
                            found.layers().values().stream()
                                    .map(layer -> Output.fixed(layer.beforeRotation()[index], 3))
                                    .toList())));
        }
        Columns.of(rows).forEach(System.out::println);
    }
}
