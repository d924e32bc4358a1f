package qroar.experiments.stopping;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import qroar.experiments.objective.PlanWindows;

/**
 * When a candidate can no longer win. A rule is a pure function of a race and a prefix of the candidate's losses, so a
 * recorded run can be decided again under another rule. Each is a file of its own, and a constant of {@link Rule}.
 */
public sealed interface StoppingRule permits NoStopping, PairedT, ConfidenceSequence, Betting, SuccessiveHalving {
    /** All rules, in the order in which they are listed; see {@code docs/stopping-rules.md} for their calibration. */
    enum Rule {
        NONE(NoStopping.FORM),
        PAIRED_T(PairedT.FORM),
        CONFIDENCE_SEQUENCE(ConfidenceSequence.FORM),
        BETTING(Betting.FORM),
        HALVING(SuccessiveHalving.FORM);

        private final StoppingForm form;

        Rule(StoppingForm form) {
            this.form = form;
        }

        StoppingForm form() {
            return form;
        }

        public String word() {
            return form.word();
        }

        /** When it looks, for a table. */
        public String looks() {
            return form.looks();
        }

        /** What it promises, for a table. */
        public String promise() {
            return form.promise();
        }

        /** Of all rules, for a message. */
        public static String words() {
            return Arrays.stream(values()).map(Rule::word).collect(Collectors.joining(", "));
        }
    }

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

    /**
     * Windows at which the candidates of a round wait for each other and are ranked, rising, the last one all windows;
     * none where each is judged alone.
     */
    default List<Integer> rungs(PlanWindows plan, int candidates) {
        return List.of();
    }

    /** How many of the ranked go on to the next rung. */
    default int survivors(int candidates) {
        return candidates;
    }

    /** The rule that the settings name. */
    static StoppingRule of(StoppingSettings settings) {
        return settings.rule().form().maker().apply(settings.alpha());
    }
}
