package qroar.experiments.trial;

import java.util.Locale;

/** What tuned scales are compared with on held-out documents, besides the same scales without quantization. */
public enum Control {
    COMMON(1, "one scale for all bands, tuned: a temperature of the attention's logits"),
    PERMUTED(3, "the tuned scales, given to the bands in another order (up to 3 orders)"),
    RANDOM(4, "random scales of the tuned ones' size, the root mean square of ln s (2 draws and their inverses)"),
    ATTENTION_FACTOR(
            1,
            "YaRN's own attention factor times the common scale, all scales 1; for `yarn` in mode `shared`, where it is the"
                    + " same function");

    private final int draws;
    private final String help;

    Control(int draws, String help) {
        this.draws = draws;
        this.help = help;
    }

    /** As experiment files, labels and results write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** How many of its kind are measured at most. */
    public int draws() {
        return draws;
    }

    /** What it is, for the reference; without a full stop. */
    public String help() {
        return help;
    }

    /** Whether one scale for all bands has to be tuned for it. */
    public boolean needsCommonScale() {
        return this == COMMON || this == ATTENTION_FACTOR;
    }
}
