package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.process.Listening;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.cli.option.RunOptions;

/** {@code qroar coordinator}: like {@code run}, for workers of other processes and boxes. */
@Command(
        name = "coordinator",
        description = {
            "Runs an experiment with the workers that join it (qroar worker --join HOST:PORT), over mutual TLS.",
            "Started again on the same runs folder it takes the run up; workers that wait for it go on by themselves."
        },
        mixinStandardHelpOptions = true)
public final class ListenCommand implements Callable<Integer> {
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

    @Mixin
    private ExperimentParameters experiment = new ExperimentParameters();

    @Mixin
    private RunOptions options = new RunOptions(WorkerSettings.Role.COORDINATOR);

    @Override
    public Integer call() {
        Listening place = Listening.on(listen, certs);
        return options.settings()
                .begin(experiment.file(), experiment.overrides())
                .listening(place)
                .execute()
                .code();
    }
}
