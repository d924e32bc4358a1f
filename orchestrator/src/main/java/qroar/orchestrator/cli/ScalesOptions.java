package qroar.orchestrator.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.protocol.rope.Band;
import qroar.protocol.rope.BandPartition;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.ScaleMode;
import qroar.reports.ScalesSidecar;

/** Band scales that a measurement puts into the rotary tables. */
final class ScalesOptions {
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

    /**
     * @param pairCount RoPE pairs of the model
     * @return null when none were given
     */
    @Nullable BandScales read(int pairCount) {
        String given = scales;
        if (given == null) {
            if (mode != null || bands != null) {
                throw new BadInput(
                        (mode != null ? "--mode" : "--bands") + " says how --scales act, which are not given");
            }
            return null;
        }
        return isList(given) ? list(given, pairCount) : sidecar(Path.of(given), pairCount);
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
        BandScales read = ScalesSidecar.read(file);
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

    /** For a JSON result; null for none. */
    static @Nullable Map<String, Object> describe(@Nullable BandScales scales) {
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
