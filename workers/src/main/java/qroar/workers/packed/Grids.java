package qroar.workers.packed;

/**
 * What is known of a weight's codes before anybody has seen them: what a file has to make room for.
 *
 * @param bits of a code, 2 to 8
 * @param group columns of a grid, the last one of a row maybe shorter; 0 for the whole row
 */
public record Grids(int bits, int group, Columns columns, Zeros zeros) {
    /** Which columns share a grid. */
    public enum Columns {
        /** Neighbours. */
        IN_ORDER,
        /** Any, as a table says. */
        REORDERED
    }

    /** Where zero points lie. */
    public enum Zeros {
        /** In the middle of the codes: they need not be stored. */
        MIDDLE,
        ANYWHERE
    }

    /** Grids of a row. */
    public int groups(int in) {
        return group == 0 ? 1 : (in + group - 1) / group;
    }

    /** Whether every grid has the same number of columns. */
    public boolean areWhole(int in) {
        return group == 0 || in % group == 0;
    }
}
