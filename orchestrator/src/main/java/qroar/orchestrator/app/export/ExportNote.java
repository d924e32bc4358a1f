package qroar.orchestrator.app.export;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.study.Study;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.console.Output;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.storage.AtomicFile;

/**
 * What an exported model was made of, beside it: the scales are in its weights by now and nothing in a checkpoint tells
 * them. It is no sidecar of scales, which would be applied a second time, and has a format word of its own.
 */
final class ExportNote {
    static final String FILE = "qroar-export.json";

    static final String FORMAT = "qroar-export/1";

    private ExportNote() {}

    /** The run that found the scales, and its study. */
    record Source(String run, Study study) {}

    /** The written weights: word of their format, and digest of the model. */
    record Weights(String format, String digest) {}

    /**
     * Writes it into the exported folder, before that has its name.
     *
     * @param scales in its weights
     * @param attribution of their gain; null where it was not measured, or no scales were put in
     * @param weights as they were written
     */
    static void write(
            Path folder, Source source, BandScales scales, @Nullable Attribution attribution, Weights weights) {
        Study study = source.study();
        Map<String, @Nullable Object> note = new LinkedHashMap<>();
        note.put("format", FORMAT);
        note.put("run", source.run());
        note.put("study", study.id());
        note.put("checkpoint", study.model().checkpointDigest());
        note.put("model", weights.digest());
        note.put("weights", weights.format());
        note.put("rope", RopeScalingSpec.format(study.rope()));
        note.put("quantizer", QuantizationText.format(study.quantization()));
        note.put("scalesAreInTheWeights", true);
        note.put("mode", study.mode().word());
        note.put("bands", bands(scales));
        note.put(
                "heldOutGain",
                attribution == null
                        ? null
                        : ChosenScales.interval(attribution.gain().objective()));
        AtomicFile.write(folder.resolve(FILE), (Output.json(note) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** As a sidecar has them. */
    private static List<Map<String, Object>> bands(BandScales scales) {
        List<Map<String, Object>> bands = new ArrayList<>();
        LayerGroups layers = scales.partition().layers();
        for (int b = 0; b < scales.partition().cellCount(); b++) {
            Band band = scales.partition().band(b);
            int group = scales.partition().groupOf(b);
            Map<String, Object> entry = new LinkedHashMap<>();
            if (!layers.isAll()) {
                entry.put("layers", List.of(layers.from(group), layers.to(group)));
            }
            entry.put("pairs", List.of(band.fromPair(), band.toPair()));
            entry.put("scale", scales.scale(b));
            bands.add(entry);
        }
        return bands;
    }
}
