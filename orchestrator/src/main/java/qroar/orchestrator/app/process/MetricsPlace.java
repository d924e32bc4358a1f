package qroar.orchestrator.app.process;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.console.Remarks;
import qroar.orchestrator.metrics.MetricFamily;
import qroar.orchestrator.metrics.MetricsServer;

/** Where a process tells its figures; nowhere unless asked to. */
public final class MetricsPlace {
    private MetricsPlace() {}

    /**
     * Starts the server and says where it is.
     *
     * @param place {@code [HOST:]PORT}, or null where nobody asked for one, and then null is returned
     * @throws qroar.protocol.BadInput when that cannot be listened on
     */
    public static @Nullable MetricsServer start(@Nullable String place, Supplier<List<MetricFamily>> metrics) {
        if (place == null) {
            return null;
        }
        MetricsServer server = MetricsServer.start(place, metrics);
        Remarks.tell("metrics at " + server.url());
        return server;
    }
}
