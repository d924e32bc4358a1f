package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.experiments.definition.Overrides;
import qroar.orchestrator.app.plan.ForecastText;
import qroar.orchestrator.app.plan.PlannedDevice;
import qroar.orchestrator.app.plan.PlannedInput;
import qroar.orchestrator.app.plan.RunForecast;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.cli.option.PlanOptions;
import qroar.orchestrator.cli.option.WorkerOptions;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;

/** {@code qroar plan}: what a run will take, before anything is loaded or written. */
@Command(
        name = "plan",
        description = {
            "Says what a run of an experiment will take: studies, trials and forward tokens with the share of held-out"
                    + " evaluation, memory and how it fits on each device, time, and every note that the run would give."
                    + " Loads and writes nothing; what the run would refuse is refused (exit 2), and so is what fits no"
                    + " device (exit 4).",
            "Model and documents need not be here: a folder with a config.json alone or --model-config FILE stands for the"
                    + " model, and absent documents are assumed."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "qroar plan experiments/samples/llama2-7b-table1.yaml"
                    + " --model-config experiments/samples/llama2-7b/config.json --on 2xrtx4090"
        })
public final class PlanCommand implements Callable<Integer> {
    @Mixin
    private ExperimentParameters experiment = new ExperimentParameters();

    @Mixin
    private PlanOptions options = new PlanOptions();

    @Mixin
    private WorkerOptions workers = new WorkerOptions(WorkerSettings.Role.WHOLE_RUN);

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        return show(experiment.file(), experiment.overrides(), options, workers.settings(), json);
    }

    /** The same for a run's own options. */
    static int show(Path experiment, Overrides overrides, PlanOptions options, WorkerSettings workers, boolean json) {
        workers.requireSensible();
        List<PlannedDevice> devices = PlannedDevice.all(options.on(), workers);
        Double rate = options.rate();
        boolean measures = options.measures();
        PlannedInput input = PlannedInput.read(experiment, overrides, options.assumed(), devices);
        List<PlannedDevice> timed = measures
                ? PlannedDevice.measured(devices, input.plan().studies().get(0).precision())
                : devices;
        RunForecast forecast = RunForecast.of(input, timed, rate);
        if (json) {
            System.out.println(Output.json(ForecastText.json(forecast)));
        } else {
            ForecastText.lines(forecast).forEach(System.out::println);
        }
        return (forecast.isPossible() ? ExitCode.DONE : ExitCode.NO_DEVICE).code();
    }
}
