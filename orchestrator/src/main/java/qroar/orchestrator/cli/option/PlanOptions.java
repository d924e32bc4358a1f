package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.plan.PlannedInput;
import qroar.protocol.BadInput;

/** What a plan is made for and what it may assume. */
public final class PlanOptions {
    @Option(
            names = "--on",
            paramLabel = "[Nx]CARD|SIZE[@TFLOPS]",
            split = ",",
            description =
                    "plan for GPUs that are not here: rtx4090, 2xrtx4090, 24G, or 2x24G@165T (two of 24 GiB and 165"
                            + " TFLOP/s of 16-bit products each) in place of --devices; known: ${bundle:cards}")
    private List<String> on = new ArrayList<>();

    @Option(
            names = "--rate",
            paramLabel = "TOKENS",
            description =
                    "forward tokens per second of a device, for the time; left out, what cards named with --on are"
                            + " assumed to reach")
    private @Nullable Double rate;

    @Option(
            names = "--measure",
            description = "measure the matrix products of this machine's devices for a moment, for the time")
    private boolean measure;

    @Option(
            names = "--model-config",
            paramLabel = "FILE",
            description = "a config.json in place of the experiment's model, which need not be here then")
    private @Nullable Path modelConfig;

    @Option(
            names = "--assume-documents",
            paramLabel = "N",
            defaultValue = "10",
            description = "documents that a file pattern stands for where it finds none (default ${DEFAULT-VALUE})")
    private int documents = 10;

    @Option(
            names = "--assume-tokens",
            paramLabel = "N",
            description = "tokens of a document that is not here; left out, the longest length")
    private @Nullable Integer tokens;

    /** Cards and sizes as given; none for the devices of this machine. */
    public List<String> on() {
        return on;
    }

    /** @throws BadInput unless positive */
    public @Nullable Double rate() {
        if (rate != null && !(rate > 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new BadInput("--rate " + rate + " must be above 0 tokens per second");
        }
        return rate;
    }

    /**
     * Whether the devices of this machine are to be measured.
     *
     * @throws BadInput together with other devices, or with a rate
     */
    public boolean measures() {
        if (measure && (!on.isEmpty() || rate != null)) {
            throw new BadInput("--measure is of the devices of this machine and excludes --on and --rate");
        }
        return measure;
    }

    public PlannedInput.Assumed assumed() {
        return new PlannedInput.Assumed(modelConfig, documents, tokens);
    }
}
