package qroar.orchestrator.cli.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.bench.ForwardBench;
import qroar.orchestrator.cli.option.DeviceOption;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;

/** {@code qroar bench forward}: what a forward pass costs on a device, beside the device's own matrix products. */
@Command(
        name = "forward",
        description =
                "Times forward passes of a model's shape with weights of no meaning, made on the device: tokens per"
                        + " second and cpu-second, the share of the device's own rate of matrix products, and peak memory.",
        mixinStandardHelpOptions = true)
public final class BenchForwardCommand implements Callable<Integer> {
    @Option(
            names = "--shape",
            required = true,
            paramLabel = "NAME|DIR",
            description =
                    "llama-2-7b, llama-2-13b, llama-2-70b, llama-3.1-8b, tinyllama, smollm2-135m, d1024, tiny, or a"
                            + " folder with a config.json")
    private String shape = "";

    @Option(
            names = "--length",
            paramLabel = "L",
            split = ",",
            defaultValue = "1024",
            description = "tokens of a pass (default ${DEFAULT-VALUE})")
    private List<Integer> lengths = List.of();

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            split = ",",
            defaultValue = "float32",
            description = "float32 (default), float16, bfloat16")
    private List<String> precisions = List.of();

    @Option(
            names = "--order",
            paramLabel = "ORDER",
            split = ",",
            defaultValue = "document",
            description = "document (default), layer")
    private List<String> orders = List.of();

    @Option(
            names = "--passes",
            paramLabel = "N",
            defaultValue = "3",
            description = "timed passes of each kind, the fastest of which counts (default ${DEFAULT-VALUE})")
    private int passes;

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        ForwardBench.Result measured =
                new ForwardBench(shape, lengths, precisions, orders, passes).on(device.settings());
        if (json) {
            System.out.println(Output.json(measured.toMap()));
        } else {
            measured.lines().forEach(System.out::println);
        }
        return ExitCode.DONE.code();
    }
}
