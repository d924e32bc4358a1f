package qroar.experiments.stopping;

import java.util.List;

/**
 * When a candidate can no longer win. A rule is a pure function of a race and a prefix of the candidate's losses, so a
 * recorded run can be decided again under another rule.
 */
public sealed interface StoppingRule permits NoStopping, PairedT, ConfidenceSequence, Betting, SuccessiveHalving {
    /**
     * What the rule says after a prefix of the candidate's windows. Between two looks it repeats the last look. Losses that
     * are not finite say nothing: such a trial has diverged, which is not for a rule to judge.
     *
     * @param nllPrefix losses in plan order, at most one per window
     */
    Verdict judge(Race race, double[] nllPrefix);

    /** Prefix lengths in windows at which the rule looks, rising; known from the plan alone. */
    default List<Integer> looks(Race race) {
        return List.of();
    }

    /** The rule that the settings name. */
    static StoppingRule of(StoppingSettings settings) {
        return switch (settings.rule()) {
            case NONE -> new NoStopping();
            case PAIRED_T -> new PairedT(settings.alpha());
            case CONFIDENCE_SEQUENCE -> new ConfidenceSequence(settings.alpha());
            case BETTING -> new Betting(settings.alpha());
            case HALVING -> new SuccessiveHalving();
        };
    }
}
