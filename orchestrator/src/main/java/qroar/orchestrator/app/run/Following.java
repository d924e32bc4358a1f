package qroar.orchestrator.app.run;

import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.live.Dashboard;
import qroar.orchestrator.console.Remarks;
import qroar.protocol.BadInput;

/**
 * How a run is followed from outside; each null for not at all.
 *
 * @param metrics where figures are served, {@code [HOST:]PORT}
 * @param dashboard where the live page is served, {@code [HOST:]PORT}
 * @param command that is run when something happens
 */
public record Following(
        @Nullable String metrics,
        @Nullable String dashboard,
        @Nullable String command) {
    /** By nobody. */
    public static final Following NONE = new Following(null, null, null);

    /**
     * The live page, before there is a run to be shown.
     *
     * @throws BadInput when its place cannot be listened on, or is the one of the metrics
     */
    @Nullable Dashboard openDashboard() {
        if (dashboard == null) {
            return null;
        }
        // Metrics are served only when the run's folder is there; a port of 0 is another one each time.
        if (dashboard.equals(metrics) && !dashboard.matches("(.*:)?0+")) {
            throw new BadInput("--metrics " + metrics + " and --dashboard cannot be served at one place");
        }
        Dashboard open = Dashboard.open(dashboard);
        Remarks.tell("live page at " + open.url());
        return open;
    }
}
