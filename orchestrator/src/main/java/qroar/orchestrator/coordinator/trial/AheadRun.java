package qroar.orchestrator.coordinator.trial;

import java.util.Arrays;

/**
 * Losses of consecutive windows that were measured while earlier ones were not: they wait for their turn. Immutable.
 *
 * @param nllNats never modified in place
 */
public record AheadRun(int firstWindow, double[] nllNats) {
    public int toWindow() {
        return firstWindow + nllNats.length;
    }

    AheadRun with(double[] more) {
        double[] all = Arrays.copyOf(nllNats, nllNats.length + more.length);
        System.arraycopy(more, 0, all, nllNats.length, more.length);
        return new AheadRun(firstWindow, all);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AheadRun that
                && firstWindow == that.firstWindow
                && Arrays.equals(nllNats, that.nllNats);
    }

    @Override
    public int hashCode() {
        return 31 * firstWindow + Arrays.hashCode(nllNats);
    }
}
