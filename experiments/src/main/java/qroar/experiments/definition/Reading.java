package qroar.experiments.definition;

import java.util.List;

/**
 * How documents are read.
 *
 * @param lengths context lengths in tokens, strictly rising
 * @param windowTokens scored tokens in a window at most
 * @param heldOut what else is said of held-out documents
 */
public record Reading(List<Integer> lengths, int windowTokens, HeldOutChoice heldOut) {
    public Reading {
        lengths = List.copyOf(lengths);
    }
}
