package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.model.RotaryBands;
import qroar.orchestrator.cli.option.CheckpointConverter;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.rope.RopeScalingSpec;

/** {@code qroar rope}: what a scaling does to the rotary embedding of a model. */
@Command(
        name = "rope",
        description = "Inverse frequencies, attention scaling and bands of a model under a RoPE scaling.",
        mixinStandardHelpOptions = true)
public final class RopeCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            converter = CheckpointConverter.class,
            paramLabel = "DIR",
            description = "checkpoint; config.json is read")
    private Path model = Path.of("");

    @Option(names = "--rope", paramLabel = "SPEC", description = "${bundle:rope-forms}left out, the checkpoint's own")
    private @Nullable String rope;

    @Option(
            names = "--length",
            paramLabel = "T",
            description = "tokens of the forward pass, for dynamic and longrope; left out, as when the model is built")
    private @Nullable Integer length;

    @Option(
            names = "--bands",
            paramLabel = "B",
            defaultValue = "8",
            description = "log-spaced bands (default ${DEFAULT-VALUE})")
    private int bands;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        RotaryBands found = RotaryBands.of(model, rope, length, bands);
        if (json) {
            System.out.println(Output.json(result(found)));
        } else {
            print(found);
        }
        return ExitCode.DONE.code();
    }

    private Map<String, Object> result(RotaryBands found) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int b = 0; b < found.partition().bandCount(); b++) {
            Map<String, Object> row = new LinkedHashMap<>();
            Band band = found.partition().bands().get(b);
            row.put("pairs", List.of(band.fromPair(), band.toPair()));
            row.put("interpolationPressure", found.pressure()[b]);
            row.put("phaseDeviation", found.deviation()[b]);
            rows.add(row);
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rope", RopeScalingSpec.format(found.scaling()));
        result.put("headDim", found.geometry().headDim());
        result.put("theta", found.geometry().theta());
        result.put("length", length);
        result.put("invFreq", found.scaled().invFreq());
        result.put("attentionScaling", found.scaled().attentionScaling());
        result.put("displacement", found.displacement());
        result.put("bands", rows);
        return result;
    }

    private static void print(RotaryBands found) {
        System.out.println("rope               " + RopeScalingSpec.format(found.scaling()));
        System.out.println("attention scaling  " + found.scaled().attentionScaling());
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("pair", "inv_freq", "of unscaled", "band"));
        double[] scaled = found.scaled().invFreq();
        double[] plain = found.unscaled().invFreq();
        BandPartition partition = found.partition();
        for (int b = 0; b < partition.bandCount(); b++) {
            Band band = partition.bands().get(b);
            for (int j = band.fromPair(); j < band.toPair(); j++) {
                rows.add(List.of(
                        String.valueOf(j),
                        String.format(Locale.ROOT, "%.6e", scaled[j]),
                        Output.fixed(scaled[j] / plain[j], 4),
                        String.valueOf(b)));
            }
        }
        Columns.of(rows).forEach(System.out::println);
        List<List<String>> bandRows = new ArrayList<>();
        bandRows.add(
                List.of("band", "pairs", "IP at " + found.displacement() + " tokens (rad)", "phase deviation (rad)"));
        for (int b = 0; b < partition.bandCount(); b++) {
            Band band = partition.bands().get(b);
            bandRows.add(List.of(
                    String.valueOf(b),
                    band.fromPair() + ".." + (band.toPair() - 1),
                    String.format(Locale.ROOT, "%.4g", found.pressure()[b]),
                    String.format(Locale.ROOT, "%.4g", found.deviation()[b])));
        }
        Columns.of(bandRows).forEach(System.out::println);
    }
}
