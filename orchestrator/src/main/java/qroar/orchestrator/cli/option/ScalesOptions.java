package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.Band;
import qroar.protocol.rope.BandPartition;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.rope.ScaleMode;
import qroar.reports.ScalesOrigin;
import qroar.reports.ScalesSidecar;
import qroar.reports.model.PairedGain;
import qroar.workers.checkpoint.Checkpoint;

/** Band scales that a measurement puts into the rotary tables. */
public final class ScalesOptions {
    private static final String SIGNS_OF_NUMBERS = "-+.0123456789eE";

    @Option(
            names = "--scales",
            paramLabel = "FILE|LIST",
            description = "band scales: a sidecar that a run wrote (runs/.../scales/STUDY.json), or a comma-separated"
                    + " list, one per band from the highest frequency to the lowest; left out, none")
    private @Nullable String scales;

    @Option(
            names = "--bands",
            paramLabel = "B",
            description = "log-spaced bands of a list of scales; left out, as many as the list has")
    private @Nullable Integer bands;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description =
                    "how a list of scales acts: shared (default) scales W_Q and W_K, symmetric scales W_K inversely")
    private @Nullable String mode;

    @Option(
            names = "--scales-anyway",
            description = "use a sidecar although it was found for another checkpoint, RoPE scaling or quantizer")
    private boolean anyway;

    private @Nullable Path file;
    private ScalesSidecar.@Nullable Contents contents;

    /**
     * @param rope that is measured under; so is {@code quantization}
     * @return null when none were given
     * @throws BadInput naming both values where a sidecar was found for something else
     */
    public @Nullable BandScales read(Checkpoint checkpoint, RopeScaling rope, QuantizationSpec quantization) {
        String given = scales;
        if (given == null) {
            if (mode != null || bands != null || anyway) {
                String option = mode != null ? "--mode" : bands != null ? "--bands" : "--scales-anyway";
                throw new BadInput(option + " says how --scales act, which are not given");
            }
            return null;
        }
        int pairCount = checkpoint.config().geometry().pairCount();
        if (isList(given)) {
            return list(given, pairCount);
        }
        Path path = Path.of(given);
        BandScales read = sidecar(path, pairCount);
        ScalesOrigin origin = contents == null ? null : contents.origin();
        if (origin == null) {
            System.err.println("qroar: scales of " + path + ", which names no checkpoint, RoPE scaling or quantizer");
        } else {
            requireSame(path, "checkpoint", origin.checkpoint(), checkpoint.digest());
            requireSame(path, "RoPE scaling", origin.rope(), RopeScalingSpec.format(rope));
            requireSame(path, "quantizer", origin.quantizer(), QuantizationText.format(quantization));
            PairedGain gain = origin.heldOutGain();
            System.err.println("qroar: scales of " + path
                    + (gain == null
                            ? ", whose held-out gain was not measured"
                            : String.format(
                                    Locale.ROOT,
                                    ", found with a held-out gain of %+.4f nats of ln J [%+.4f, %+.4f]",
                                    gain.nats(),
                                    gain.lowNats(),
                                    gain.highNats())));
        }
        return read;
    }

    private void requireSame(Path path, String what, String found, String here) {
        if (found.equals(here)) {
            return;
        }
        String difference =
                path + ": these scales were found for the " + what + " '" + found + "', and here it is '" + here + "'";
        if (!anyway) {
            throw new BadInput(difference + " (--scales-anyway uses them nevertheless)");
        }
        System.err.println("qroar: " + OneLine.of(difference));
    }

    /** Numbers and commas only, a number first; anything else is a file's name. */
    private static boolean isList(String given) {
        return !given.isEmpty()
                && given.charAt(0) != ','
                && given.chars().allMatch(c -> c == ',' || SIGNS_OF_NUMBERS.indexOf(c) >= 0);
    }

    private BandScales list(String given, int pairCount) {
        double[] values = Arrays.stream(given.split(",", -1))
                .mapToDouble(ScalesOptions::number)
                .toArray();
        int wanted = bands == null ? values.length : bands;
        if (wanted < 1 || wanted > pairCount) {
            throw new BadInput(
                    "--bands " + wanted + " must lie between 1 and the " + pairCount + " RoPE pairs of the model");
        }
        if (values.length != wanted) {
            throw new BadInput("--scales " + OneLine.value(given) + " has " + values.length + " values for " + wanted
                    + " bands; give one per band");
        }
        return new BandScales(BandPartition.logSpaced(pairCount, wanted), mode(), values);
    }

    private static double number(String word) {
        try {
            double value = Double.parseDouble(word);
            if (BandScales.canBeGiven(value)) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            throw new BadInput("--scales: '" + OneLine.value(word) + "' is no number", notANumber);
        }
        throw new BadInput("--scales: " + OneLine.value(word) + " must be positive, from " + BandScales.SMALLEST_GIVEN
                + " to " + 1 / BandScales.SMALLEST_GIVEN);
    }

    private ScaleMode mode() {
        if (mode == null) {
            return ScaleMode.SHARED;
        }
        try {
            return ScaleMode.ofWord(mode);
        } catch (IllegalArgumentException unknown) {
            throw new BadInput("--mode: " + unknown.getMessage(), unknown);
        }
    }

    private BandScales sidecar(Path file, int pairCount) {
        ScalesSidecar.Contents found = ScalesSidecar.read(file);
        this.file = file;
        contents = found;
        BandScales read = found.scales();
        if (mode != null && mode() != read.mode()) {
            throw new BadInput(file + ": mode is " + read.mode().word() + ", but --mode says " + mode);
        }
        if (bands != null && bands != read.partition().bandCount()) {
            throw new BadInput(file + ": has " + read.partition().bandCount() + " bands, but --bands says " + bands);
        }
        if (read.partition().pairCount() != pairCount) {
            throw new BadInput(
                    file + ": bands over " + read.partition().pairCount() + " RoPE pairs; the model has " + pairCount);
        }
        return read;
    }

    /** The sidecar and what it was found for, for a JSON result; null where none was read. */
    public @Nullable Map<String, Object> sidecar() {
        ScalesSidecar.Contents read = contents;
        if (read == null) {
            return null;
        }
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("file", String.valueOf(file));
        described.put("format", read.format());
        ScalesOrigin origin = read.origin();
        if (origin != null) {
            described.put("checkpoint", origin.checkpoint());
            described.put("rope", origin.rope());
            described.put("quantizer", origin.quantizer());
            PairedGain gain = origin.heldOutGain();
            described.put("heldOutGainNats", gain == null || !Double.isFinite(gain.nats()) ? null : gain.nats());
        }
        return described;
    }

    /** For a JSON result; null for none. */
    public static @Nullable Map<String, Object> describe(@Nullable BandScales scales) {
        if (scales == null) {
            return null;
        }
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("mode", scales.mode().word());
        described.put(
                "bands",
                IntStream.range(0, scales.partition().bandCount())
                        .mapToObj(b -> {
                            Band band = scales.partition().bands().get(b);
                            return Map.of("pairs", List.of(band.fromPair(), band.toPair()), "scale", scales.scale(b));
                        })
                        .toList());
        return described;
    }
}
