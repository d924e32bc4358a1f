package qroar.protocol.needle;

import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;

/** Whole numbers with limits. */
final class Counted {
    /** Of keys, values or queries: RULER's largest published count is 4; each is a needle of some 20 tokens. */
    static final int MOST_NEEDLES = 64;

    private Counted() {}

    static SpecOption needles(String name, int otherwise) {
        return SpecOption.optional(name, SpecRange.whole(1, MOST_NEEDLES), Integer.toString(otherwise));
    }

    static void require(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + "=" + value + " must lie in " + least + " to " + most);
        }
    }
}
