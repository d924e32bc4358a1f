package qroar.experiments.stopping;

import java.util.List;

/**
 * Repeated t-test on paired differences with alpha spending and finite-population correction. It looks at the middle and
 * at the end of each document, from the end of the first on, and gives a candidate up when the upper bound of its gain
 * ({@link GainForecast}) falls below the gain it needs.
 *
 * <p>With t the share of the plan's weight seen, alpha ln(1 + (e-1) t) of the error is spent up to each look (Lan and
 * DeMets 1983, the Pocock-like function, which spends early, where stopping pays). The looks' shares are added up
 * (Bonferroni), not integrated over a joint distribution: valid whatever the correlation between looks.
 *
 * <p>Assumes what {@link GainForecast} assumes, and that document effects and block noise are close enough to normal for
 * a t-quantile. Windows may be correlated within blocks and documents and drift with position.
 */
record PairedT(double alpha) implements StoppingRule {
    static final StoppingForm FORM = new StoppingForm(
            PairedT.class,
            "paired-t",
            "middle and end of each document, from the end of the first",
            "a candidate better by `min-gain` is given up with probability at most alpha",
            StoppingForm.Guarantee.LEVEL,
            PairedT::new);

    PairedT {
        StoppingSettings.requireProbability(alpha);
    }

    @Override
    public List<Integer> looks(Race race) {
        return race.looks(Looks.Every.HALF_DOCUMENT).windows();
    }

    @Override
    public Verdict judge(Race race, double[] nllPrefix) {
        Looks looks = race.looks(Looks.Every.HALF_DOCUMENT);
        int look = looks.within(nllPrefix.length);
        if (look == 0) {
            return Verdict.UNDECIDED;
        }
        GainForecast forecast =
                GainForecast.of(race, nllPrefix, looks.blockCounts().get(look - 1));
        if (forecast == null) {
            return Verdict.UNDECIDED;
        }
        double before = look == 1 ? 0 : spent(looks.weights().get(look - 2));
        double tail = spent(looks.weights().get(look - 1)) - before;
        double bound = forecast.upperBound(tail);
        return new Verdict(bound < race.requiredGain(), forecast.estimate(), bound, look);
    }

    private double spent(double share) {
        return alpha * StrictMath.log1p((Math.E - 1) * share);
    }
}
