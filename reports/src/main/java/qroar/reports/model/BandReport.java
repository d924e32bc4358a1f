package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyOutcome.BandOutcome;
import qroar.experiments.study.StudyOutcome.LayerTails;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.LayerGroups;

/**
 * One band of a study, or one band of a group of layers that has scales of its own.
 *
 * @param fromPair first RoPE pair, inclusive
 * @param toPair last RoPE pair, exclusive
 * @param scale best scale so far; null before the baseline is measured
 * @param gradient d ln J / d ln s at the start, from one backward pass; null where none was made
 * @param diagnostics null until measured
 * @param window null until it follows from the diagnostics
 * @param layers whose it is; null where all layers share
 */
public record BandReport(
        int fromPair,
        int toPair,
        @Nullable Double scale,
        @Nullable Double gradient,
        @Nullable Diagnostics diagnostics,
        @Nullable Window window,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable LayerRange layers) {

    /** Of all layers. */
    public BandReport(
            int fromPair,
            int toPair,
            @Nullable Double scale,
            @Nullable Double gradient,
            @Nullable Diagnostics diagnostics,
            @Nullable Window window) {
        this(fromPair, toPair, scale, gradient, diagnostics, window, null);
    }

    static BandReport of(Study study, StudyOutcome outcome, BandOutcome band) {
        BandDiagnosis diagnosis = band.diagnosis();
        Place place = !outcome.hasChosen() ? Place.UNDECIDED : band.onEdge() ? Place.ON_EDGE : Place.INSIDE;
        return new BandReport(
                diagnosis.band().fromPair(),
                diagnosis.band().toPair(),
                band.scale(),
                Known.finite(diagnosis.gradient()),
                new Diagnostics(
                        study.searchPlan().maxLength(),
                        diagnosis.interpolationPressure(),
                        diagnosis.phaseDeviation(),
                        diagnosis.tailInflationBefore(),
                        diagnosis.tailInflationAfter(),
                        band.layers()),
                new Window(
                        diagnosis.window().low(),
                        diagnosis.window().high(),
                        diagnosis.window().why(),
                        place),
                LayerRange.of(study.partition(), band.index()));
    }

    /**
     * Why a band is expected to be sensitive (Q-ROAR section 3.2).
     *
     * @param displacementTokens D, at which pressure and deviation are taken
     * @param interpolationPressure IP_b(D) in radians: mean over the band of inv_freq_j * D
     * @param phaseDeviation mean over the band of |phi_PI(D) - phi_0(D)| in radians
     * @param tirWeights TIR_W: tail quantile before RoPE, long context with PI over short context without
     * @param tirActivations TIR_A: the same after RoPE, on the rotated axes
     * @param layers the two ratios per decoder layer; empty where they were not kept apart
     */
    public record Diagnostics(
            int displacementTokens,
            double interpolationPressure,
            double phaseDeviation,
            double tirWeights,
            double tirActivations,
            List<LayerTails> layers) {
        public Diagnostics {
            layers = List.copyOf(layers);
        }
    }

    /**
     * How wide a band is searched.
     *
     * @param low smallest scale
     * @param high largest scale
     * @param reason in words, why it is that wide
     * @param winner where the best scale lies in it
     */
    public record Window(double low, double high, String reason, Place winner) {}

    /**
     * Consecutive decoder layers that share scales.
     *
     * @param from first layer, counted from 0
     * @param to behind the last one
     */
    public record LayerRange(int from, int to) {
        /** Those of a cell; null where all layers share. */
        private static @Nullable LayerRange of(BandPartition partition, int cell) {
            LayerGroups layers = partition.layers();
            int group = partition.groupOf(cell);
            return layers.isAll() ? null : new LayerRange(layers.from(group), layers.to(group));
        }

        /** {@code 4-7}, both ends in it. */
        public String words() {
            return to - from == 1 ? String.valueOf(from) : from + "-" + (to - 1);
        }
    }

    /** The same with what is known of other layers too. */
    BandReport withLayersOf(BandReport other) {
        if (diagnostics == null || other.diagnostics() == null) {
            return this;
        }
        List<LayerTails> both = new ArrayList<>(diagnostics.layers());
        both.addAll(other.diagnostics().layers());
        Diagnostics longer = new Diagnostics(
                diagnostics.displacementTokens(),
                diagnostics.interpolationPressure(),
                diagnostics.phaseDeviation(),
                Math.max(diagnostics.tirWeights(), other.diagnostics().tirWeights()),
                Math.max(diagnostics.tirActivations(), other.diagnostics().tirActivations()),
                both);
        return new BandReport(fromPair, toPair, scale, gradient, longer, window, layers);
    }

    /** Where the best scale lies in the window; one on an edge may have a better one beyond it. */
    public enum Place {
        UNDECIDED,
        INSIDE,
        ON_EDGE;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
