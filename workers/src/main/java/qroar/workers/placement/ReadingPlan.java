package qroar.workers.placement;

import java.util.Arrays;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/**
 * In which order the chunks of documents pass the layers of a model. The calls are the same ones, so the losses are too, to
 * the bit.
 *
 * @param order what goes first
 * @param groupTokens tokens of several documents that pass the layers together in {@link Order#LAYER}, so that a layer is
 *     fetched once for all of them; a longer document passes alone
 */
public record ReadingPlan(Order order, int groupTokens) {
    /**
     * So many tokens that fetching a layer is a small part of computing with it, and their hidden states little beside two
     * layers.
     */
    public static final int DEFAULT_GROUP_TOKENS = 8192;

    /** Chunk by chunk: today's default. */
    public static final ReadingPlan BY_DOCUMENT = new ReadingPlan(Order.DOCUMENT, DEFAULT_GROUP_TOKENS);

    /** Layer by layer, in groups of the default size. */
    public static final ReadingPlan BY_LAYER = new ReadingPlan(Order.LAYER, DEFAULT_GROUP_TOKENS);

    /** What a pass finishes before it goes on. */
    public enum Order {
        /**
         * A chunk passes all layers before the next chunk begins. Losses come chunk by chunk and a trial can stop inside a
         * document; keys and values of all layers are kept, and all layers are needed for each chunk.
         */
        DOCUMENT("document"),
        /**
         * A layer reads whole documents before the next layer begins. Only one layer's keys and values, and at most two
         * layers' weights, are in memory; losses come at the end, those of a whole group of documents together.
         */
        LAYER("layer");

        private final String word;

        Order(String word) {
            this.word = word;
        }

        /** The word of the command line. */
        public String word() {
            return word;
        }

        /** @throws BadInput naming the words that are understood */
        public static Order ofWord(String word) {
            return Arrays.stream(values())
                    .filter(order -> order.word.equals(word))
                    .findFirst()
                    .orElseThrow(() -> new BadInput("order '" + word + "' is unknown; use "
                            + Arrays.stream(values()).map(Order::word).collect(Collectors.joining(" or "))));
        }
    }

    public ReadingPlan {
        if (groupTokens < 1) {
            throw new IllegalArgumentException("groups of " + groupTokens + " tokens; at least 1 is needed");
        }
    }

    /** The plan of an order with groups of the default size. */
    public static ReadingPlan of(Order order) {
        return order == Order.LAYER ? BY_LAYER : BY_DOCUMENT;
    }

    /** Whether a document of that many tokens still joins a group that has some. */
    public boolean joins(int tokens, int groupHas) {
        return order == Order.LAYER && (long) tokens + groupHas <= groupTokens;
    }
}
