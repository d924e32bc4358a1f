package qroar.experiments.stopping;

import java.util.List;
import qroar.experiments.statistics.NormalTail;

/**
 * Asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, arXiv 2103.06476, one-sided
 * Gaussian-mixture boundary): a bound that holds at all looks at once, so it looks after every block. With I the
 * information gathered (1/variance of {@link GainForecast}'s error; (estimate - gain) I is then a Brownian motion in I,
 * also for a finite population), the bound is sqrt(2 (I r + 1) / (I^2 r) ln(1 + sqrt(I r + 1) / (2 alpha))), with r set
 * for the narrowest bound at the first look. A few documents are far from asymptotic, so the boundary is read as a normal
 * tail probability and turned into a t-quantile with the forecast's degrees of freedom.
 *
 * <p>Assumes what {@link GainForecast} assumes.
 */
record ConfidenceSequence(double alpha) implements StoppingRule {
    static final StoppingForm FORM = new StoppingForm(
            ConfidenceSequence.class,
            "confidence-sequence",
            "after every block (an eighth of a document), from the end of the first document",
            "the same, without planning the looks",
            StoppingForm.Guarantee.LEVEL,
            ConfidenceSequence::new);

    ConfidenceSequence {
        StoppingSettings.requireProbability(alpha);
    }

    @Override
    public List<Integer> looks(Race race) {
        return race.looks(Looks.Every.BLOCK).windows();
    }

    @Override
    public Verdict judge(Race race, double[] nllPrefix) {
        Looks looks = race.looks(Looks.Every.BLOCK);
        int look = looks.within(nllPrefix.length);
        if (look == 0) {
            return Verdict.UNDECIDED;
        }
        GainForecast first =
                GainForecast.of(race, nllPrefix, looks.blockCounts().get(0));
        GainForecast forecast =
                GainForecast.of(race, nllPrefix, looks.blockCounts().get(look - 1));
        if (forecast == null || first == null) {
            return Verdict.UNDECIDED;
        }
        double level = -2 * StrictMath.log(2 * alpha);
        double ratio = (level + StrictMath.log(level + 1)) / first.information();
        double scaled = forecast.information() * ratio + 1;
        double deviates = Math.sqrt(2 * scaled / (scaled - 1) * StrictMath.log(1 + Math.sqrt(scaled) / (2 * alpha)));
        double bound = forecast.upperBound(Math.max(1e-300, NormalTail.upper(deviates)));
        return new Verdict(bound < race.requiredGain(), forecast.estimate(), bound, look);
    }
}
