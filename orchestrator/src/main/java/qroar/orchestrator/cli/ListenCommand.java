package qroar.orchestrator.cli;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.cli.session.ExperimentInput;
import qroar.orchestrator.cli.session.Listening;
import qroar.orchestrator.cli.session.RunExecution;
import qroar.orchestrator.cli.session.WorkerOptions;
import qroar.orchestrator.cluster.Endpoint;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;

/** {@code qroar coordinator}: like {@code run}, for workers of other processes and boxes. */
@Command(
        name = "coordinator",
        description = {
            "Runs an experiment with the workers that join it (qroar worker --join HOST:PORT), over mutual TLS.",
            "Started again on the same runs folder it takes the run up; workers that wait for it go on by themselves."
        },
        mixinStandardHelpOptions = true)
final class ListenCommand implements Callable<Integer> {
    @Parameters(paramLabel = "EXPERIMENT", description = "experiment file (YAML)")
    private Path experiment = Path.of("");

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            required = true,
            description =
                    "the address by which workers reach this machine; 127.0.0.1:PORT for workers on this one only")
    private String listen = "";

    @Option(
            names = "--certs",
            paramLabel = "DIR",
            description = "this node's folder from qroar certs; required beyond loopback. On loopback, left out,"
                    + " certificates are made for the run, which workers on this machine find by themselves")
    private @Nullable Path certs;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "0",
            description = "workers inside this process besides those that join (default ${DEFAULT-VALUE})")
    private int workers;

    @Option(
            names = "--devices",
            paramLabel = "DEVICE",
            split = ",",
            defaultValue = "cpu",
            description = "where the workers of this process compute (default ${DEFAULT-VALUE})")
    private List<String> devices = List.of();

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "threads of one forward pass of theirs (default ${DEFAULT-VALUE})")
    private int threads;

    @Mixin
    private RunsOption runs = new RunsOption();

    @Option(names = "--json", description = "print the result as JSON instead of a table")
    private boolean json;

    @Option(names = "--no-progress", description = "no progress on standard error")
    private boolean noProgress;

    @Override
    public Integer call() {
        Endpoint endpoint = Endpoint.parse("--listen", listen);
        Listening.requireSafe(endpoint, certs);
        WorkerOptions local = WorkerOptions.of(devices, workers, threads);
        ExperimentInput input = ExperimentInput.read(experiment, runs.folder().resolve("cache/digests"));
        RunDirectory directory = RunDirectory.open(
                runs.folder(),
                RunManifest.of(
                        input.definition().name(),
                        input.fingerprint().hex(),
                        input.fingerprint().fields(),
                        Instant.now()));
        return RunExecution.of(input, directory, runs.folder(), local)
                .listening(Listening.on(endpoint, certs))
                .withOutput(json, noProgress)
                .execute()
                .code();
    }
}
