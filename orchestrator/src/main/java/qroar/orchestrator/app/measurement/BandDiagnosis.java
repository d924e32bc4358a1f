package qroar.orchestrator.app.measurement;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import qroar.experiments.diagnosis.TailInflation;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.input.TrainedWindow;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.LoadedModel;
import qroar.orchestrator.app.model.TextSource;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.InterpolationPressure;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.LayerwisePass;
import qroar.workers.model.PassPlan;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.text.TokenizedDocument;

/**
 * What interpolation does to the bands of one model: the pressure that follows from the scaling alone, and the inflation of
 * the tails of |W_Q x| and |W_K x| at the long context against the short one without interpolation.
 */
public final class BandDiagnosis {
    private BandDiagnosis() {}

    /**
     * What is asked.
     *
     * @param bands log-spaced ones
     * @param length tokens of the long context; null for those of the shortest document
     * @param shortLength tokens of the short context; null for the trained window, at most the long context
     * @param quantile where a tail begins, above 0 and below 1
     */
    public record Settings(
            int bands, @Nullable Integer length, @Nullable Integer shortLength, double quantile) {
        /** @throws BadInput naming the option */
        public Settings {
            if (bands < 1) {
                throw new BadInput("--bands " + bands + " must be at least 1");
            }
            if (!(quantile > 0 && quantile < 1)) {
                throw new BadInput("--quantile " + quantile + " must lie between 0 and 1");
            }
        }
    }

    /**
     * What was found.
     *
     * @param longer tokens of the long context, {@code shorter} those of the short one
     * @param pressure radians, by band; so is {@code deviation}
     * @param layers tail inflation of each layer, {@code pooled} of all
     */
    public record Result(
            BandPartition partition,
            int longer,
            int shorter,
            double[] pressure,
            double[] deviation,
            TailInflation pooled,
            SortedMap<Integer, TailInflation> layers,
            List<DocumentRef> documents) {}

    /** @throws BadInput in one line, where documents are too short for the contexts */
    public static Result of(Settings settings, ChosenModel model, TextSource texts) {
        Checkpoint checkpoint = model.checkpoint();
        RopeScaling rope = model.rope();
        RopeGeometry geometry = checkpoint.config().geometry();
        BandPartition partition = BandPartition.logSpaced(geometry.pairCount(), settings.bands());
        try (DocumentReader reader = new DocumentReader(checkpoint)) {
            List<TokenizedDocument> documents = texts.read(reader);
            Integer length = settings.length();
            Integer shortLength = settings.shortLength();
            int longer = length != null
                    ? length
                    : documents.stream().mapToInt(d -> d.ref().tokens()).min().orElseThrow();
            int shorter = shortLength != null ? shortLength : Math.min(TrainedWindow.of(checkpoint.config()), longer);
            if (shorter > longer) {
                throw new BadInput("--short " + shorter + " must be at most the long context, " + longer);
            }
            Evaluator.checkLengths(documents, List.of(shorter));
            Evaluator.checkLengths(documents, List.of(longer));
            RopeFrequencies interpolatedFrequencies = InverseFrequencies.of(geometry, rope, longer);
            double[] pressure = InterpolationPressure.ofBands(partition, interpolatedFrequencies, longer);
            double[] deviation = InterpolationPressure.phaseDeviation(
                    partition,
                    InverseFrequencies.of(geometry, new NoScaling(), longer),
                    interpolatedFrequencies,
                    longer);
            try (LoadedModel loaded = model.load(reader, longer, Probe.LOSSES_AND_ACTIVATIONS)) {
                PassProgress progress = PassProgress.told(2 * documents.size());
                List<LayerActivations> interpolated = activations(loaded, rope, documents, longer, progress);
                List<LayerActivations> trained = activations(loaded, new NoScaling(), documents, shorter, progress);
                return new Result(
                        partition,
                        longer,
                        shorter,
                        pressure,
                        deviation,
                        TailInflation.pooled(partition, settings.quantile(), interpolated, trained),
                        TailInflation.perLayer(partition, settings.quantile(), interpolated, trained),
                        DocumentReader.refs(documents));
            }
        }
    }

    private static List<LayerActivations> activations(
            LoadedModel loaded,
            RopeScaling rope,
            List<TokenizedDocument> documents,
            int tokens,
            PassProgress progress) {
        List<LayerActivations> activations = new ArrayList<>();
        for (int document = 0; document < documents.size(); document++) {
            DecoderModel model = loaded.model();
            PassPlan plan = PassPlan.of(model.config(), rope, null, tokens, Probe.LOSSES_AND_ACTIVATIONS)
                    .inChunksOf(PassPlan.chunkTokens(model.device()));
            progress.begin(tokens, plan.chunks() * model.config().layerCount());
            BooleanSupplier onBlock = () -> {
                progress.block();
                return false;
            };
            int[] read = documents.get(document).tokens();
            if (loaded.reading().order() == ReadingPlan.Order.LAYER) {
                LayerwisePass.Text text = new LayerwisePass.Text(plan, read, document);
                LayerwisePass.read(model, List.of(text), onBlock)
                        .forEach(reading -> activations.addAll(reading.activations()));
                continue;
            }
            try (DocumentPass pass = DocumentPass.open(model, plan, onBlock)) {
                pass.advance(read, 0, tokens);
                activations.addAll(pass.activations(document));
            }
        }
        return activations;
    }
}
