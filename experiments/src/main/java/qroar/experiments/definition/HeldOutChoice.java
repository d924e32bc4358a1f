package qroar.experiments.definition;

import java.util.List;
import qroar.experiments.trial.Evidence;

/**
 * The group {@code held-out}: what is measured on held-out documents.
 *
 * @param lengths context lengths in tokens, strictly rising, each of the experiment's among them; empty for the
 *     experiment's and the trained window
 * @param evidence what is measured besides perplexity
 */
public record HeldOutChoice(List<Integer> lengths, Evidence evidence) {
    public static final HeldOutChoice DEFAULT = new HeldOutChoice(List.of(), Evidence.NONE);

    public HeldOutChoice {
        lengths = List.copyOf(lengths);
    }

    /** Whether the experiment says itself how far held-out documents are read. */
    public boolean choosesLengths() {
        return !lengths.isEmpty();
    }
}
