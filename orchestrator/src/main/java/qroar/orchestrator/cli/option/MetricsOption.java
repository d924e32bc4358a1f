package qroar.orchestrator.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a process tells its figures; nowhere unless asked to. */
public final class MetricsOption {
    @Option(
            names = "--metrics",
            paramLabel = "[HOST:]PORT",
            description = "serve figures in the Prometheus text format at http://HOST:PORT/metrics, to whoever reaches"
                    + " it; without a host on loopback; port 0 for any that is free")
    private @Nullable String place;

    /** As given; null where nobody asked. */
    public @Nullable String place() {
        return place;
    }
}
