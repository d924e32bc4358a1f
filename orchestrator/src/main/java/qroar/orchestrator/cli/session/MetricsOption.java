package qroar.orchestrator.cli.session;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.metrics.MetricFamily;
import qroar.orchestrator.metrics.MetricsServer;

/** Where a process tells its figures; nowhere unless asked to. */
public final class MetricsOption {
    @Option(
            names = "--metrics",
            paramLabel = "[HOST:]PORT",
            description = "serve figures in the Prometheus text format at http://HOST:PORT/metrics, to whoever reaches"
                    + " it; without a host on loopback; port 0 for any that is free")
    private @Nullable String place;

    /** Starts the server and says where it is; null where nobody asked for one. */
    public @Nullable MetricsServer start(Supplier<List<MetricFamily>> metrics) {
        if (place == null) {
            return null;
        }
        MetricsServer server = MetricsServer.start(place, metrics);
        System.err.println("qroar: metrics at " + server.url());
        return server;
    }
}
