package qroar.workers.config;

import java.util.List;

/**
 * The attention of a model.
 *
 * @param headCount query heads
 * @param keyValueHeadCount key and value heads, a divisor of {@code headCount}
 * @param windows one per layer: query i sees keys j with i - window &lt; j &lt;= i; {@link #UNLIMITED} without a sliding
 *     window
 * @param bias whether q, k, v and o are promised biases
 */
public record AttentionShape(int headCount, int keyValueHeadCount, List<Integer> windows, boolean bias) {
    /** A window that no sequence reaches. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public AttentionShape {
        windows = List.copyOf(windows);
    }
}
