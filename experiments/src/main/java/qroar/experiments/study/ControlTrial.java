package qroar.experiments.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeScaling;

/**
 * A model that found scales are compared with, quantized, on the held-out documents. A function of the study and of what it
 * found: drawn with a fixed seed, so that every process of a run draws the same.
 *
 * @param control its kind
 * @param draw of its kind, from 1
 * @param rope the interpolation: the study's, unless that is what the control changes
 * @param scales of its bands
 */
record ControlTrial(Control control, int draw, RopeScaling rope, BandScales scales) {
    private static final long SEED = 20_250_914;

    /** Orders that are drawn before it is believed that there are no more. */
    private static final int TRIES = 64;

    /** Logarithms of random scales are whole multiples of one over this, and so the same on every platform. */
    private static final double PER_UNIT = 1e4;

    /**
     * Those of a study.
     *
     * @param tuned what it found, not all 1
     * @param common one scale for all bands; null where none gained
     */
    static List<ControlTrial> allOf(Study study, BandScales tuned, @Nullable BandScales common) {
        List<ControlTrial> trials = new ArrayList<>();
        for (Control control : study.controls()) {
            switch (control) {
                case COMMON -> {
                    if (common != null) {
                        add(trials, control, study.rope(), common);
                    }
                }
                case PERMUTED -> permuted(tuned).forEach(scales -> add(trials, control, study.rope(), scales));
                case RANDOM -> random(study, tuned).forEach(scales -> add(trials, control, study.rope(), scales));
                case ATTENTION_FACTOR -> {
                    RopeScaling rope = common == null ? null : attentionFactor(study, common.scale(0));
                    if (rope != null) {
                        add(trials, control, rope, BandScales.identity(study.partition(), study.mode()));
                    }
                }
            }
        }
        return trials;
    }

    private static void add(List<ControlTrial> trials, Control control, RopeScaling rope, BandScales scales) {
        int draw = 1
                + (int) trials.stream()
                        .filter(trial -> trial.control() == control)
                        .count();
        trials.add(new ControlTrial(control, draw, rope, scales));
    }

    /** Of its trial on held-out documents. */
    String label() {
        return TrialLabel.heldOut(control, draw);
    }

    /** Of its trial in a task. */
    String label(ScoredTask task) {
        return TrialLabel.task(task.name(), control, draw);
    }

    /** Different from the tuned ones and from each other; none where all scales are equal. */
    private static List<BandScales> permuted(BandScales tuned) {
        Random random = new Random(SEED);
        Set<BandScales> seen = new HashSet<>(List.of(tuned));
        List<BandScales> orders = new ArrayList<>();
        for (int tried = 0; tried < TRIES && orders.size() < Control.PERMUTED.draws(); tried++) {
            double[] scales = tuned.scales();
            for (int last = scales.length - 1; last > 0; last--) {
                int other = random.nextInt(last + 1);
                double kept = scales[last];
                scales[last] = scales[other];
                scales[other] = kept;
            }
            BandScales order = new BandScales(tuned.partition(), tuned.mode(), scales);
            if (seen.add(order)) {
                orders.add(order);
            }
        }
        return orders;
    }

    /**
     * Normal ln s, stretched to the length of the tuned ones', within the hard bounds; each draw with its inverse, for a
     * direction that happens to be a good one must not pass for what any scales do.
     */
    private static List<BandScales> random(Study study, BandScales tuned) {
        Random random = new Random(SEED);
        double length = Math.sqrt(
                squares(Arrays.stream(tuned.scales()).map(StrictMath::log).toArray()));
        List<BandScales> draws = new ArrayList<>();
        while (draws.size() < Control.RANDOM.draws()) {
            double[] logs = tuned.scales();
            Arrays.setAll(logs, band -> random.nextGaussian());
            double stretch = length / Math.sqrt(squares(logs));
            for (int sign : new int[] {1, -1}) {
                double[] scales = Arrays.stream(logs)
                        .map(log -> StrictMath.exp(sign * Math.rint(log * stretch * PER_UNIT) / PER_UNIT))
                        .map(scale -> Math.max(
                                study.search().window().lowestScale(),
                                Math.min(study.search().window().highestScale(), scale)))
                        .toArray();
                draws.add(new BandScales(tuned.partition(), tuned.mode(), scales));
            }
        }
        return draws;
    }

    private static double squares(double[] logs) {
        return Arrays.stream(logs).map(log -> log * log).sum();
    }

    /** Null where the study's scaling has no such factor, or scales do not act on logits alike. */
    private static @Nullable RopeScaling attentionFactor(Study study, double scale) {
        if (!study.hasAttentionFactor()) {
            return null;
        }
        double factor = InverseFrequencies.of(
                        study.geometry(), study.rope(), study.heldOutPlan().maxLength())
                .attentionScaling();
        return study.rope().withAttentionFactor(factor * scale);
    }

    /** For people: {@code 0.9390 0.9490}. */
    String words() {
        return String.join(
                " ",
                Arrays.stream(scales.scales())
                        .mapToObj(scale -> String.format(Locale.ROOT, "%.4f", scale))
                        .toList());
    }
}
