package qroar.workers.evaluation;

import java.util.ArrayList;
import java.util.List;

/**
 * One forward over a run of a document's tokens, and which of them count.
 *
 * @param from first token, inclusive
 * @param to last token, exclusive
 * @param labels the last so many tokens of the run are new: no window before has counted them
 */
record ContextWindow(int from, int to, int labels) {
    ContextWindow {
        if (from < 0 || labels < 1 || to - from < labels) {
            throw new IllegalArgumentException("window [" + from + "," + to + ") with " + labels + " labels");
        }
    }

    int tokens() {
        return to - from;
    }

    /**
     * Windows of {@code length} tokens that begin at 0, stride, 2 stride, ...; the last ends with the document and may be
     * shorter. The first has all of its tokens as labels, each later one those after the end of its predecessor. With a
     * stride beyond the length (a start token takes a place of the window) the tokens between two windows are in none.
     */
    static List<ContextWindow> strided(int documentTokens, int length, int stride) {
        List<ContextWindow> windows = new ArrayList<>();
        int covered = 0;
        for (int from = 0; from < documentTokens && covered < documentTokens; from += stride) {
            int to = (int) Math.min((long) from + length, documentTokens);
            windows.add(new ContextWindow(from, to, Math.min(to - covered, to - from)));
            covered = to;
        }
        return windows;
    }

    /**
     * Labels side by side, {@code length} per window; the last window has fewer, and reaches back over tokens of its
     * predecessor so that it is {@code length} tokens long where the document allows.
     */
    static List<ContextWindow> rolling(int documentTokens, int length) {
        List<ContextWindow> windows = new ArrayList<>();
        for (int covered = 0; covered < documentTokens; ) {
            int to = (int) Math.min((long) covered + length, documentTokens);
            windows.add(new ContextWindow(Math.max(0, to - length), to, to - covered));
            covered = to;
        }
        return windows;
    }
}
