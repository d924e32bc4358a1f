package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.experiments.definition.Overrides;
import qroar.orchestrator.app.input.LocalContent;
import qroar.orchestrator.app.worker.JoiningWorkers;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.cli.option.CheckpointConverter;
import qroar.orchestrator.cli.option.MetricsOption;
import qroar.orchestrator.cli.option.RunsOption;
import qroar.orchestrator.cli.option.WorkerOptions;

/** {@code qroar worker}: computes for a coordinator in another process, on this box or another. */
@Command(
        name = "worker",
        description = {
            "Joins a coordinator and evaluates trials for it until the run is finished. Checkpoints and documents are"
                    + " found by their content, so paths may differ between machines: name them, or give an experiment"
                    + " file that does.",
            "It waits for a coordinator that is not there yet or is gone, and may come and go while a run goes on."
        },
        mixinStandardHelpOptions = true)
public final class WorkerCommand implements Callable<Integer> {
    @Option(names = "--join", paramLabel = "HOST:PORT", required = true, description = "where the coordinator listens")
    private String join = "";

    @Option(
            names = "--certs",
            paramLabel = "DIR",
            description =
                    "this node's folder from qroar certs; for a coordinator on loopback, left out, what it made for"
                            + " its run under --runs")
    private @Nullable Path certs;

    @Mixin
    private WorkerOptions options = new WorkerOptions(WorkerSettings.Role.WORKER);

    @Option(
            names = "--experiment",
            paramLabel = "FILE",
            description =
                    "experiment file whose model and documents, as its paths lead to on this machine, are offered")
    private @Nullable Path experiment;

    @Option(
            names = "--model",
            converter = CheckpointConverter.class,
            paramLabel = "DIR",
            arity = "1..*",
            description = "checkpoints to offer")
    private List<Path> models = List.of();

    @Option(
            names = "--docs",
            paramLabel = "FILE",
            arity = "1..*",
            description = "documents to offer: texts, or token files (.json)")
    private List<Path> docs = List.of();

    @Option(names = "--documents", paramLabel = "DIR", description = "a folder whose files are documents to offer")
    private @Nullable Path documents;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            description = "address by which the coordinator reaches this machine; left out, the one packets to it leave"
                    + " from")
    private @Nullable String host;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "port at which it does (default: any; fix it for a firewall)")
    private int port;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            defaultValue = "1h",
            description = "how long to wait for a coordinator that is not there: 30s, 10m, 2h, forever (default"
                    + " ${DEFAULT-VALUE})")
    private String wait = "";

    @Parameters(
            paramLabel = "KEY=VALUE",
            arity = "0..*",
            description = "keys in the stead of what --experiment says of them, as the coordinator was given them")
    private List<String> overrides = List.of();

    @Mixin
    private MetricsOption metrics = new MetricsOption();

    @Mixin
    private RunsOption runs = new RunsOption();

    @Override
    public Integer call() {
        return new JoiningWorkers(
                        join,
                        certs,
                        options.settings(),
                        new LocalContent.Sources(experiment, new Overrides(overrides), models, docs, documents),
                        host,
                        port,
                        wait,
                        metrics.place(),
                        runs.folder())
                .work()
                .code();
    }
}
