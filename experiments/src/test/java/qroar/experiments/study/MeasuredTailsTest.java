package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.experiments.diagnosis.TailInflation;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;

class MeasuredTailsTest {
    private static final SyntheticModel MODEL = SyntheticModel.smooth(0.12, -0.08, 0.03);

    private static Study study(Strategy strategy, String quantizer) {
        Study plain = MODEL.study(strategy, Rule.NONE);
        QuantizationSpec quantization = QuantizationText.parse(quantizer);
        return new Study(
                plain.id(),
                new Study.Model(
                        plain.checkpointDigest(),
                        plain.precision(),
                        plain.geometry(),
                        plain.trainedWindow(),
                        plain.rope(),
                        quantization,
                        plain.calibration()),
                plain.partition(),
                plain.mode(),
                plain.objective(),
                plain.search(),
                plain.stopping(),
                new Study.Plans(plain.searchPlan(), plain.heldOutPlan(), plain.shortPlan()));
    }

    private static StudyProgress answered(StudyProgress from, String... failing) {
        StudyProgress progress = from;
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            boolean fails = List.of(failing).contains(request.label());
            progress = progress.with(request.label(), fails ? new TrialResult.Failed("lost") : MODEL.measure(request));
        }
        return progress;
    }

    /** Whatever is measured with tails that a study found is what it is with the same numbers in its file. */
    @ParameterizedTest
    @ValueSource(strings = {"LINE", "NONE"})
    void aStudyThatFoundItsTailsIsTheOneThatWasGivenThem(Strategy strategy) {
        StudyProgress found =
                answered(StudyProgress.begin(study(strategy, "none:kv-bits=8,kv-clip=0.9,kv-tails=auto")));
        String tail = tailOf(found);
        Study given = study(strategy, "none:kv-bits=8,kv-clip=0.9,kv-tails=" + String.join("/", tail, tail, tail));
        assertThat(found.study()).isEqualTo(given);
        StudyProgress same = answered(StudyProgress.begin(given));
        assertThat(found.outcome().scales()).isEqualTo(same.outcome().scales());
        assertThat(found.outcome().heldOut()).isEqualTo(same.outcome().heldOut());
        assertThat(found.history()).hasSameSizeAs(same.history());
        assertThat(found.outcome().notes())
                .contains("Tails were measured on the search documents: the quantizer is "
                        + QuantizationText.format(given.quantization()) + ".");
        assertThat(same.outcome().notes()).noneMatch(note -> note.contains("Tails"));
    }

    /** By the formula: the same for every band of a model whose tails are twice as heavy in every pair. */
    private static String tailOf(StudyProgress progress) {
        TailInflation all = TailInflation.pooled(
                progress.study().partition(),
                progress.study().search().window().quantile(),
                progress.activations("unquantized/long"),
                progress.activations("unquantized/short"));
        double ratio = all.afterRotation()[0];
        assertThat(ratio).isBetween(1.9, 2.1);
        return String.valueOf(Math.round(ratio * 1000) / 1000.0).replaceAll("\\.0$", "");
    }

    @Test
    void nothingQuantizedIsAskedForBeforeTheTailsAreKnown() {
        StudyProgress begun =
                StudyProgress.begin(study(Strategy.LINE, "rtn:bits=4,group=32,kv-bits=8,kv-clip=0.9,kv-tails=auto"));
        assertThat(begun.wanted())
                .extracting(TrialRequest::label)
                .containsExactlyInAnyOrder("unquantized/long", "unquantized/short", "held-out/unquantized");
        assertThat(begun.stage()).isEqualTo("diagnostics");
        StudyProgress known = begun;
        for (TrialRequest request : begun.wanted()) {
            known = known.with(request.label(), MODEL.measure(request));
        }
        assertThat(known.wanted())
                .extracting(TrialRequest::label)
                .containsExactlyInAnyOrder("baseline", "held-out/baseline");
        assertThat(known.wanted())
                .allMatch(request ->
                        !QuantizationText.format(request.spec().quantization()).contains("auto"));
    }

    @Test
    void keysWithBitsOfTheirOwnBandsHaveATailForEachOfThem() {
        StudyProgress found = answered(StudyProgress.begin(
                study(Strategy.NONE, "none:kv-bits=8,kv-bands=8/4,kv-clip=0.9,kv-order=pre-rope,kv-tails=auto")));
        assertThat(found.study().awaitsTails()).isFalse();
        assertThat(QuantizationText.format(found.study().quantization()))
                .matches("none:kv-bits=8,kv-order=pre-rope,kv-bands=8/4,kv-clip=0.9,kv-tails=[0-9.]+/[0-9.]+");
    }

    @Test
    void activationsHaveOneTailOfAllBandsBeforeRotation() {
        StudyProgress found = answered(StudyProgress.begin(study(
                Strategy.NONE, "none:act-bits=8,act-clip=0.99,act-tail=auto,kv-bits=8,kv-clip=0.9,kv-tails=1.5")));
        TailInflation all = TailInflation.pooled(
                BandPartition.logSpaced(8, 1),
                found.study().search().window().quantile(),
                found.activations("unquantized/long"),
                found.activations("unquantized/short"));
        String tail = String.valueOf(Math.round(all.beforeRotation()[0] * 1000) / 1000.0)
                .replaceAll("\\.0$", "");
        assertThat(QuantizationText.format(found.study().quantization()))
                .as("given tails stay")
                .isEqualTo("none:act-bits=8,act-clip=0.99,act-tail=" + tail + ",kv-bits=8,kv-clip=0.9,kv-tails=1.5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unquantized/long", "unquantized/short"})
    void withoutTheDistributionsTheStudyFailsAndSaysWhy(String lost) {
        for (Strategy strategy : List.of(Strategy.LINE, Strategy.NONE)) {
            StudyProgress ended =
                    answered(StudyProgress.begin(study(strategy, "none:kv-bits=8,kv-clip=0.9,kv-tails=auto")), lost);
            assertThat(ended.outcome().status()).isEqualTo(StudyOutcome.Status.FAILED);
            assertThat(ended.answers()).containsKey("held-out/unquantized").doesNotContainKey("held-out/baseline");
            assertThat(ended.outcome().notes())
                    .anyMatch(note -> note.startsWith(lost) && note.endsWith("nothing quantized is measured."));
        }
    }

    @Test
    void moreBandsThanCanHaveRangesAreRefused() {
        Study few = study(Strategy.NONE, "none:kv-bits=8,kv-clip=0.9,kv-tails=auto");
        Study many = new Study(
                few.id(),
                few.model(),
                BandPartition.logSpaced(128, 65),
                few.mode(),
                few.objective(),
                few.search(),
                few.stopping(),
                few.plans());
        assertThat(many.partition().bandCount()).isEqualTo(65);
        assertThatThrownBy(() -> StudyProgress.begin(many))
                .isInstanceOf(BadInput.class)
                .hasMessage("study 01-synthetic: kv-tails=auto would have 65 bands; at most 64 can have ranges of their"
                        + " own (bands, or kv-bands)");
    }
}
