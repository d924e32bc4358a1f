package qroar.reports.page;

/**
 * Numbers of tables and figures, given out in the order in which a page is written, so that text, slides and reviewers
 * can name them. One per page; not thread-safe.
 */
public final class Captions {
    private int tables;
    private int figures;

    public String table() {
        tables++;
        return "Table " + tables + ".";
    }

    public String figure() {
        figures++;
        return "Figure " + figures + ".";
    }
}
