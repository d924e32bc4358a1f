package qroar.orchestrator.cluster;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import qroar.experiments.definition.Overrides;
import qroar.orchestrator.app.input.LocalContent;
import qroar.orchestrator.app.process.Listening;
import qroar.orchestrator.app.worker.LocalWorkers;
import qroar.orchestrator.app.worker.Manners;
import qroar.orchestrator.app.worker.WorkerProcess;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.workers.measure.LocalCatalog;

/**
 * {@code qroar worker} on the cpu, in which things go wrong as ordered. Arguments: where to join, the folder of runs, the
 * experiment file, a file for what it computed, the file that ends hangs, and {@link Fault}s. {@code -Dport} is where the coordinator reaches it.
 */
final class FaultyWorker {
    private static final int FIRST_FAULT = 5;

    private FaultyWorker() {}

    public static void main(String[] arguments) {
        Endpoint coordinator = Endpoint.parse("--join", arguments[0]);
        Path runs = Path.of(arguments[1]);
        LocalCatalog catalog = LocalContent.index(
                new LocalContent.Sources(Path.of(arguments[2]), Overrides.NONE, List.of(), List.of(), null),
                runs.resolve("cache/digests"));
        RunDirectory run = Listening.runAt(coordinator, runs);
        List<Fault> faults =
                Arrays.stream(arguments).skip(FIRST_FAULT).map(Fault::parse).toList();
        CrampedDevice device = new CrampedDevice();
        try (LocalWorkers workers = LocalWorkers.of(
                        catalog,
                        new WorkerSettings(
                                WorkerSettings.Role.WORKER,
                                List.of("cpu"),
                                null,
                                1,
                                new Manners(null, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE)),
                        runs.resolve("cache/models"),
                        device)
                .through(real ->
                        new FaultyMeasurer(real, device, faults, Path.of(arguments[3]), Path.of(arguments[4])))) {
            int code = new WorkerProcess(
                            Listening.toJoin(coordinator, Objects.requireNonNull(Listening.runAt(coordinator, runs))),
                            new Endpoint(coordinator.host(), Integer.getInteger("port", 0)),
                            workers,
                            null,
                            () -> run != null && Listening.isOver(run))
                    .work()
                    .code();
            System.exit(code);
        }
    }
}
