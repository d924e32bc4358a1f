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
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.InterpolationPressure;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.config.ModelConfig;

/** {@code qroar rope}: what a scaling does to the rotary embedding of a model. */
@Command(
        name = "rope",
        description = "Inverse frequencies, attention scaling and bands of a model under a RoPE scaling.",
        mixinStandardHelpOptions = true)
public final class RopeCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "checkpoint; config.json is read")
    private Path model = Path.of("");

    @Option(names = "--rope", paramLabel = "SPEC", description = "${bundle:rope-forms}; left out, the checkpoint's own")
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
        if (length != null && length < 1) {
            throw new BadInput("--length " + length + " must be at least 1 token");
        }
        if (bands < 1) {
            throw new BadInput("--bands " + bands + " must be at least 1");
        }
        ModelConfig config = ModelConfig.read(model.resolve("config.json"));
        new Notes().tell(config.notes());
        RopeGeometry geometry = config.geometry();
        RopeScaling scaling = rope == null ? config.ropeScaling() : RopeScalingSpec.parse(rope);
        int tokens = length == null ? InverseFrequencies.AT_CONSTRUCTION : length;
        RopeFrequencies frequencies = InverseFrequencies.of(geometry, scaling, tokens);
        RopeFrequencies unscaled = InverseFrequencies.of(geometry, new NoScaling(), tokens);
        BandPartition partition = BandPartition.logSpaced(geometry.pairCount(), bands);
        int displacement = length == null ? geometry.maxPositions() : length;
        double[] pressure = InterpolationPressure.ofBands(partition, frequencies, displacement);
        double[] deviation = InterpolationPressure.phaseDeviation(partition, unscaled, frequencies, displacement);
        if (json) {
            List<Map<String, Object>> bandRows = new ArrayList<>();
            for (int b = 0; b < partition.bandCount(); b++) {
                Map<String, Object> row = new LinkedHashMap<>();
                Band band = partition.bands().get(b);
                row.put("pairs", List.of(band.fromPair(), band.toPair()));
                row.put("interpolationPressure", pressure[b]);
                row.put("phaseDeviation", deviation[b]);
                bandRows.add(row);
            }
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("rope", RopeScalingSpec.format(scaling));
            result.put("headDim", geometry.headDim());
            result.put("theta", geometry.theta());
            result.put("length", length);
            result.put("invFreq", frequencies.invFreq());
            result.put("attentionScaling", frequencies.attentionScaling());
            result.put("displacement", displacement);
            result.put("bands", bandRows);
            System.out.println(Output.json(result));
        } else {
            print(scaling, frequencies, unscaled, partition, displacement, pressure, deviation);
        }
        return ExitCode.DONE.code();
    }

    private static void print(
            RopeScaling scaling,
            RopeFrequencies frequencies,
            RopeFrequencies unscaled,
            BandPartition partition,
            int displacement,
            double[] pressure,
            double[] deviation) {
        System.out.println("rope               " + RopeScalingSpec.format(scaling));
        System.out.println("attention scaling  " + frequencies.attentionScaling());
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("pair", "inv_freq", "of unscaled", "band"));
        double[] scaled = frequencies.invFreq();
        double[] plain = unscaled.invFreq();
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
        bandRows.add(List.of("band", "pairs", "IP at " + displacement + " tokens (rad)", "phase deviation (rad)"));
        for (int b = 0; b < partition.bandCount(); b++) {
            Band band = partition.bands().get(b);
            bandRows.add(List.of(
                    String.valueOf(b),
                    band.fromPair() + ".." + (band.toPair() - 1),
                    String.format(Locale.ROOT, "%.4g", pressure[b]),
                    String.format(Locale.ROOT, "%.4g", deviation[b])));
        }
        Columns.of(bandRows).forEach(System.out::println);
    }
}
