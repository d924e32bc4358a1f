package qroar.orchestrator.cli.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.cli.option.DeviceOption;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;
import qroar.protocol.trial.Precision;
import qroar.workers.config.ModelConfig;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.placement.ReadingPlan.Order;
import qroar.workers.proof.ForwardSpeed;
import qroar.workers.proof.ModelShape;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/** {@code qroar bench forward}: what a forward pass costs on a device, beside the device's own matrix products. */
@Command(
        name = "forward",
        description =
                "Times forward passes of a model's shape with weights of no meaning, made on the device: tokens per"
                        + " second and cpu-second, the share of the device's own rate of matrix products, and peak memory.",
        mixinStandardHelpOptions = true)
public final class BenchForwardCommand implements Callable<Integer> {
    private static final int MOST_TOKENS = 1 << 20;

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
        ModelConfig config = ModelShape.of(shape);
        List<Precision> types = precisions.stream().map(Precision::ofWord).toList();
        List<Order> ways = orders.stream().map(Order::ofWord).toList();
        for (int length : lengths) {
            if (length < 2 || length > MOST_TOKENS) {
                throw new BadInput("--length " + length + " must lie between 2 and " + MOST_TOKENS);
            }
        }
        if (passes < 1) {
            throw new BadInput("--passes " + passes + " must be at least 1");
        }
        DeviceSettings settings = device.settings();
        TorchDevice where = settings.open();
        List<ForwardSpeed.Row> rows = new ArrayList<>();
        Notes notes = new Notes();
        for (Precision precision : types) {
            String slower = PrecisionChoice.note(precision, where);
            if (slower != null) {
                notes.tell(slower);
            }
            settings.requireRoom(where, largest(config, precision, ways));
            try (ForwardSpeed speed = ForwardSpeed.of(config, where, precision)) {
                for (int length : lengths) {
                    ways.forEach(order -> rows.add(speed.measure(order, length, passes)));
                }
            }
        }
        if (json) {
            System.out.println(Output.json(result(where, rows)));
        } else {
            System.out.println(
                    TorchRuntime.get().engine(where) + ", " + TorchRuntime.get().threads() + " threads");
            Columns.of(table(where, rows)).forEach(System.out::println);
        }
        return ExitCode.DONE.code();
    }

    private MemoryNeed largest(ModelConfig config, Precision precision, List<Order> ways) {
        MemoryNeed largest = new MemoryNeed(0, 0, 0, 0);
        for (int length : lengths) {
            for (Order order : ways) {
                MemoryNeed need = ForwardSpeed.need(config, precision, order, length);
                largest = need.total() > largest.total() ? need : largest;
            }
        }
        return largest;
    }

    private Map<String, Object> result(TorchDevice where, List<ForwardSpeed.Row> rows) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("shape", shape);
        result.put("device", where.word());
        result.put("engine", TorchRuntime.get().engine(where));
        result.put("threads", TorchRuntime.get().threads());
        result.put("rows", rows.stream().map(BenchForwardCommand::toMap).toList());
        return result;
    }

    private static Map<String, Object> toMap(ForwardSpeed.Row row) {
        Map<String, Object> each = new LinkedHashMap<>();
        each.put("precision", row.precision().word());
        each.put("order", row.order().word());
        each.put("length", row.tokens());
        each.put("tokensPerSecond", row.tokensPerSecond());
        each.put("tokensPerCpuSecond", row.tokensPerCpuSecond());
        each.put("matrixFlops", row.matrixRate());
        each.put("shareOfMatrixRate", row.share());
        each.put("peakBytes", row.peakBytes());
        return each;
    }

    private static List<List<String>> table(TorchDevice where, List<ForwardSpeed.Row> rows) {
        boolean cpu = where.kind() == TorchDevice.Kind.CPU;
        List<List<String>> table = new ArrayList<>();
        table.add(List.of(
                "precision",
                "order",
                "length",
                "tokens/s",
                "tokens/cpu-s",
                cpu ? "GFLOP/cpu-s of products" : "TFLOP/s of products",
                "share",
                "peak memory"));
        for (ForwardSpeed.Row row : rows) {
            Long peak = row.peakBytes();
            table.add(List.of(
                    row.precision().word(),
                    row.order().word(),
                    String.valueOf(row.tokens()),
                    Output.fixed(row.tokensPerSecond(), 1),
                    Output.fixed(row.tokensPerCpuSecond(), 1),
                    Output.fixed(row.matrixRate() / (cpu ? 1e9 : 1e12), 1),
                    Output.fixed(row.share(), 2),
                    peak == null ? "-" : MemoryNeed.gibibytes(peak)));
        }
        return table;
    }
}
