package qroar.orchestrator.app.worker;

import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.LocalContent;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.process.Listening;
import qroar.orchestrator.app.process.MetricsPlace;
import qroar.orchestrator.cluster.Endpoint;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.metrics.MetricFamily;
import qroar.orchestrator.metrics.MetricsServer;
import qroar.orchestrator.metrics.ProcessMetrics;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.workers.measure.LocalCatalog;

/**
 * Workers of this process that join a coordinator of another; words as a person gave them.
 *
 * @param join {@code HOST:PORT} of the coordinator
 * @param certs folder of this node's certificates; null for what a coordinator on loopback made for its run
 * @param content what they can compute with
 * @param host by which the coordinator reaches this machine; null for the address that packets to it leave from
 * @param port at which it does; 0 for any
 * @param waiting for a coordinator that is not there: a time such as {@code 10m}, or {@code forever}
 * @param metrics where figures are served, {@code [HOST:]PORT}; null for nowhere
 */
public record JoiningWorkers(
        String join,
        @Nullable Path certs,
        WorkerSettings settings,
        LocalContent.Sources content,
        @Nullable String host,
        int port,
        String waiting,
        @Nullable String metrics,
        RunsFolder runs) {
    /**
     * Works until the run is finished, a signal comes, or patience ends.
     *
     * @throws BadInput in one line, whatever is wrong with the settings or what they name
     */
    public ExitCode work() {
        Endpoint coordinator = Endpoint.parse("--join", join);
        Duration patience = patience();
        String own = host == null ? coordinator.localAddressTowards("--join") : host;
        if (certs == null) {
            Listening.requireLoopback(coordinator);
        }
        settings.requireSensible();
        LocalCatalog catalog = LocalContent.index(content, runs.digests());
        RunDirectory run = null;
        Listening listening;
        if (certs == null) {
            ComingRun.Found found = ComingRun.await(coordinator, runs.path(), patience);
            run = found.run();
            if (run == null) {
                return Objects.requireNonNull(found.end());
            }
            listening = Listening.toJoin(coordinator, run);
        } else {
            listening = Listening.toJoin(coordinator, certs);
        }
        return work(listening, run, new Endpoint(own, port), patience, catalog);
    }

    private ExitCode work(
            Listening listening,
            @Nullable RunDirectory run,
            Endpoint self,
            @Nullable Duration patience,
            LocalCatalog catalog) {
        try (LocalWorkers workers = LocalWorkers.of(catalog, settings, runs.models())) {
            WorkerProcess process =
                    new WorkerProcess(listening, self, workers, patience, () -> run != null && Listening.isOver(run));
            try (MetricsServer server = MetricsPlace.start(metrics, () -> figures(process, workers))) {
                return process.work();
            }
        }
    }

    private static List<MetricFamily> figures(WorkerProcess process, LocalWorkers workers) {
        List<MetricFamily> families = new ArrayList<>(workers.metrics());
        families.add(MetricFamily.gauge(
                "qroar_worker_joined", "1 while a coordinator has this process.", process.hasJoined() ? 1 : 0));
        families.addAll(ProcessMetrics.now());
        return families;
    }

    /** Null for ever. */
    private @Nullable Duration patience() {
        if (waiting.equals("forever")) {
            return null;
        }
        try {
            return Duration.parse("PT" + waiting.trim());
        } catch (DateTimeParseException e) {
            throw new BadInput("--wait " + waiting + " must be a time such as 30s, 10m or 2h, or forever", e);
        }
    }
}
