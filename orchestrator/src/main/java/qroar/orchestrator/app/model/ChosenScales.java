package qroar.orchestrator.app.model;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.orchestrator.console.Remarks;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.reports.ScalesOrigin;
import qroar.reports.ScalesSidecar;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;

/** Band scales that a measurement puts into the rotary tables, and where they were found. */
public final class ChosenScales {
    private final @Nullable BandScales scales;
    private final @Nullable Path file;
    private final ScalesSidecar.@Nullable Contents contents;

    private ChosenScales(@Nullable BandScales scales, @Nullable Path file, ScalesSidecar.@Nullable Contents contents) {
        this.scales = scales;
        this.file = file;
        this.contents = contents;
    }

    /** For a model as it is measured. */
    public static ChosenScales read(ScalesSettings given, ChosenModel model) {
        return read(given, model.checkpoint(), model.rope(), model.quantization());
    }

    /**
     * Reads them and says where they come from.
     *
     * @param rope that is measured under; so is {@code quantization}
     * @throws BadInput naming both values where a sidecar was found for something else
     */
    public static ChosenScales read(
            ScalesSettings given, Checkpoint checkpoint, RopeScaling rope, QuantizationSpec quantization) {
        String word = given.scales();
        if (word == null) {
            given.requireNothingElse();
            return new ChosenScales(null, null, null);
        }
        int pairCount = checkpoint.config().geometry().pairCount();
        if (given.isList()) {
            return new ChosenScales(given.list(pairCount), null, null);
        }
        Path path = given.file();
        ScalesSidecar.Contents contents = ScalesSidecar.read(path);
        BandScales read = fitting(given, path, contents, checkpoint.config());
        ScalesOrigin origin = contents.origin();
        if (origin == null) {
            Remarks.tell("scales of " + path + ", which names no checkpoint, RoPE scaling or quantizer");
        } else {
            requireSame(given, path, "checkpoint", origin.checkpoint(), checkpoint.digest());
            requireSame(given, path, "RoPE scaling", origin.rope(), RopeScalingSpec.format(rope));
            requireSame(
                    given,
                    path,
                    "quantizer",
                    asComputed(checkpoint, origin.quantizer()),
                    asComputed(checkpoint, QuantizationText.format(quantization)));
            Remarks.tell("scales of " + path + found(origin.heldOutGain()));
        }
        return new ChosenScales(read, path, contents);
    }

    private static String found(@Nullable Interval gain) {
        return gain == null
                ? ", whose held-out gain was not measured"
                : String.format(
                        Locale.ROOT,
                        ", found with a held-out gain of %+.4f nats of ln J [%+.4f, %+.4f]",
                        gain.estimate(),
                        gain.lower(),
                        gain.upper());
    }

    /** Null where none were given. */
    public @Nullable BandScales scales() {
        return scales;
    }

    /** Groups of layers that have scales of their own. */
    LayerGroups layers() {
        return scales == null ? LayerGroups.ALL : scales.partition().layers();
    }

    /** A quantized checkpoint's own weights have two names. */
    private static String asComputed(Checkpoint checkpoint, String quantizer) {
        return checkpoint.isQuantized() ? quantizer.replaceFirst("^stored", "none") : quantizer;
    }

    private static void requireSame(ScalesSettings given, Path path, String what, String found, String here) {
        if (found.equals(here)) {
            return;
        }
        String difference =
                path + ": these scales were found for the " + what + " '" + found + "', and here it is '" + here + "'";
        if (!given.anyway()) {
            throw new BadInput(difference + " (--scales-anyway uses them nevertheless)");
        }
        Remarks.tell(OneLine.of(difference));
    }

    private static BandScales fitting(
            ScalesSettings given, Path file, ScalesSidecar.Contents contents, ModelConfig config) {
        BandScales read = contents.scales();
        int pairCount = config.geometry().pairCount();
        int layerCount = config.layerCount();
        String mode = given.mode();
        Integer bands = given.bands();
        if (mode != null && given.scaleMode() != read.mode()) {
            throw new BadInput(file + ": mode is " + read.mode().word() + ", but --mode says " + mode);
        }
        if (bands != null && bands != read.partition().bandCount()) {
            throw new BadInput(file + ": has " + read.partition().bandCount() + " bands, but --bands says " + bands);
        }
        if (read.partition().pairCount() != pairCount) {
            throw new BadInput(
                    file + ": bands over " + read.partition().pairCount() + " RoPE pairs; the model has " + pairCount);
        }
        if (!read.partition().layers().fits(layerCount)) {
            throw new BadInput(file + ": scales of " + read.partition().layers().layerCount()
                    + " layers; the model has " + layerCount);
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
            Interval gain = origin.heldOutGain();
            described.put("heldOutGain", gain == null ? null : interval(gain));
            described.put(
                    "heldOutGainNats", gain == null || !Double.isFinite(gain.estimate()) ? null : gain.estimate());
        }
        return described;
    }

    /** As the sidecar itself has it. */
    public static Map<String, Object> interval(Interval gain) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("nats", finite(gain.estimate()));
        described.put("lowNats", finite(gain.lower()));
        described.put("highNats", finite(gain.upper()));
        described.put("confidence", Interval.CONFIDENCE);
        return described;
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private static Map<String, Object> describe(BandScales scales, int cell) {
        Band band = scales.partition().band(cell);
        LayerGroups layers = scales.partition().layers();
        int group = scales.partition().groupOf(cell);
        Map<String, Object> described = new LinkedHashMap<>();
        if (!layers.isAll()) {
            described.put("layers", List.of(layers.from(group), layers.to(group)));
        }
        described.put("pairs", List.of(band.fromPair(), band.toPair()));
        described.put("scale", scales.scale(cell));
        return described;
    }

    /** For a JSON result; null for none. */
    public @Nullable Map<String, Object> describe() {
        if (scales == null) {
            return null;
        }
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("mode", scales.mode().word());
        described.put(
                "bands",
                IntStream.range(0, scales.partition().cellCount())
                        .mapToObj(cell -> describe(scales, cell))
                        .toList());
        return described;
    }
}
