package qroar.reports.page;

/** Style sheet and script inside every page, and the policy that admits them alone. */
public final class Stylesheet {
    private static final PageResource CSS = PageResource.load("report.css");
    private static final PageResource JS = PageResource.load("report.js");
    private static final String POLICY = "default-src 'none'; style-src " + CSS.source() + "; script-src " + JS.source()
            + "; base-uri 'none'; form-action 'none'";

    private Stylesheet() {}

    public static String css() {
        return CSS.text();
    }

    /** Sorting, filtering, downloads, plots that light up with their table: all that a page shows is there without. */
    public static String js() {
        return JS.text();
    }

    /** Content security policy: nothing is loaded, nothing runs or styles but these two, nothing is sent. */
    public static String policy() {
        return POLICY;
    }
}
