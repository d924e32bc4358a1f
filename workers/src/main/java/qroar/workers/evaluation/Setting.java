package qroar.workers.evaluation;

import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a protocol is asked for.
 *
 * @param lengths in tokens, in any order, repeated ones count once; empty for whole documents, where a protocol can
 * @param stride tokens from window to window; null for the protocol's own choice
 * @param startToken what stands before the first scored token; null for none
 */
public record Setting(
        List<Integer> lengths,
        @Nullable Integer stride,
        @Nullable Integer startToken) {
    public Setting {
        lengths = List.copyOf(new TreeSet<>(lengths));
    }
}
