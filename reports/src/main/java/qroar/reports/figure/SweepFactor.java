package qroar.reports.figure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import qroar.experiments.attribution.Interval;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudySettings;
import qroar.reports.plot.Axis;

/**
 * Something that differs between the studies of a sweep, and the mean held-out gain at each of its levels over all
 * studies at that level (a main effect; nothing is fitted).
 *
 * @param name key of the experiment file
 * @param levels in the order of the sweep
 */
public record SweepFactor(String name, List<Level> levels) {
    public SweepFactor {
        levels = List.copyOf(levels);
    }

    /**
     * The studies that share one value of the factor.
     *
     * @param value as text
     * @param gains held-out gains in nats of those that have one
     */
    public record Level(String value, List<Double> gains) {
        public Level {
            gains = List.copyOf(gains);
        }

        /** NaN while no study at this level has a gain. */
        public double mean() {
            return gains.stream().mapToDouble(gain -> gain).average().orElse(Double.NaN);
        }
    }

    /** Whether at least two of its levels have a gain to compare. */
    public boolean isComparable() {
        return levels.stream().filter(level -> !level.gains().isEmpty()).count() > 1;
    }

    /** The factors with more than one level, with what their studies gained. */
    public static List<SweepFactor> of(List<StudyReport> studies) {
        Map<String, Function<StudySettings, Object>> factors = new LinkedHashMap<>();
        factors.put("rope", StudySettings::rope);
        factors.put("quantizer", StudySettings::quantizer);
        factors.put("bands", StudySettings::bands);
        factors.put("layers", StudySettings::layersText);
        factors.put("grid", StudySettings::grid);
        factors.put("mode", settings -> settings.mode().word());
        // Where what is sought differs, gains of one level are in another J than those of the next, and not to be
        // compared.
        boolean one = studies.stream()
                        .map(study -> study.objective().sought())
                        .distinct()
                        .count()
                < 2;
        if (one) {
            factors.put("objective", StudySettings::objective);
        }
        factors.put("strategy", StudySettings::strategy);
        factors.put("stopping", StudySettings::stopping);
        List<SweepFactor> varying = new ArrayList<>();
        factors.forEach((name, value) -> {
            List<Level> levels = levels(studies, value);
            if (levels.size() > 1) {
                varying.add(new SweepFactor(name, levels));
            }
        });
        return varying;
    }

    private static List<Level> levels(List<StudyReport> studies, Function<StudySettings, Object> factor) {
        Map<String, List<Double>> gains = new LinkedHashMap<>();
        for (StudyReport study : studies) {
            List<Double> level =
                    gains.computeIfAbsent(factor.apply(study.settings()).toString(), value -> new ArrayList<>());
            Interval gain = study.objective().heldOutGain();
            if (gain != null && Axis.Kind.LINEAR.draws(gain.estimate())) {
                level.add(gain.estimate());
            }
        }
        return gains.entrySet().stream()
                .map(entry -> new Level(entry.getKey(), entry.getValue()))
                .toList();
    }
}
