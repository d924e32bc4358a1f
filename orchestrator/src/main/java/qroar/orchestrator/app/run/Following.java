package qroar.orchestrator.app.run;

import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.live.Dashboard;
import qroar.orchestrator.console.Remarks;

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
     * @throws qroar.protocol.BadInput when its place cannot be listened on
     */
    @Nullable Dashboard openDashboard() {
        if (dashboard == null) {
            return null;
        }
        Dashboard open = Dashboard.open(dashboard);
        Remarks.tell("live page at " + open.url());
        return open;
    }
}
