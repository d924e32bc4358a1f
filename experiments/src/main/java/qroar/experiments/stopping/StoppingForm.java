package qroar.experiments.stopping;

import java.util.function.DoubleFunction;

/**
 * How a rule is asked for, and what a reader is told of it.
 *
 * @param type the rule
 * @param word in experiment files and on the command line
 * @param looks when it looks
 * @param promise what it promises
 * @param guarantee whether that is a probability of being wrong, which calibration can check
 * @param maker makes the rule of a level alpha
 */
record StoppingForm(
        Class<? extends StoppingRule> type,
        String word,
        String looks,
        String promise,
        Guarantee guarantee,
        DoubleFunction<StoppingRule> maker) {
    /** What alpha means to a rule. */
    enum Guarantee {
        /** A candidate that is better by what is required is stopped with probability at most alpha. */
        LEVEL,
        /** Nothing. */
        NONE
    }
}
