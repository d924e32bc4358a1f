package qroar.experiments.search;

import org.jspecify.annotations.Nullable;

/**
 * Where a band-after-band search stands. Passes go on until one gains nothing in any band, or the last allowed one ends.
 *
 * @param pass from 1
 * @param turn index into the space's order of bands
 * @param gained whether an earlier band of this pass was promoted
 */
record BandWalk(int pass, int turn, boolean gained) {
    static final BandWalk START = new BandWalk(1, 0, false);

    /** The next band, or null after the last. */
    @Nullable BandWalk next(SearchSpace space, boolean promoted) {
        boolean gainedNow = gained || promoted;
        if (turn + 1 < space.order().size()) {
            return new BandWalk(pass, turn + 1, gainedNow);
        }
        return gainedNow && pass < space.maxPasses() ? new BandWalk(pass + 1, 0, false) : null;
    }

    int band(SearchSpace space) {
        return space.order().get(turn);
    }
}
