package qroar.protocol.needle;

import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/** The option {@code generate}, which every task has: what a model may say, reserved in a prompt's length. */
final class GeneratedTokens {
    private static final String NAME = "generate";
    private static final int MOST = 4096;

    private GeneratedTokens() {}

    static SpecOption option(int otherwise) {
        return SpecOption.optional(NAME, SpecRange.whole(1, MOST), Integer.toString(otherwise));
    }

    static int read(SpecReader spec, int otherwise) {
        return spec.integer(NAME, otherwise);
    }

    static void require(int tokens) {
        Counted.require(NAME, tokens, 1, MOST);
    }

    static void write(SpecWriter text, int tokens, int otherwise) {
        text.optionUnless(otherwise, NAME, tokens);
    }
}
