package qroar.orchestrator.app.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.console.Columns;
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

/**
 * Forward passes of a model's shape with weights of no meaning; words as a person gave them.
 *
 * @param shape a known one's name, or a folder with a config.json
 * @param lengths tokens of a pass
 * @param precisions of passes; {@code orders} likewise
 * @param passes timed ones of each kind, the fastest of which counts
 */
public record ForwardBench(
        String shape, List<Integer> lengths, List<String> precisions, List<String> orders, int passes) {
    private static final int MOST_TOKENS = 1 << 20;

    public ForwardBench {
        lengths = List.copyOf(lengths);
        precisions = List.copyOf(precisions);
        orders = List.copyOf(orders);
    }

    /**
     * What was measured.
     *
     * @param rows a pass's kind each
     */
    public record Result(String shape, TorchDevice device, List<ForwardSpeed.Row> rows) {
        /** For machines. */
        public Map<String, Object> toMap() {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("shape", shape);
            result.put("device", device.word());
            result.put("engine", TorchRuntime.get().engine(device));
            result.put("threads", TorchRuntime.get().threads());
            result.put("rows", rows.stream().map(ForwardBench::toMap).toList());
            return result;
        }

        /** The engine, and a table. */
        public List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add(TorchRuntime.get().engine(device) + ", "
                    + TorchRuntime.get().threads() + " threads");
            lines.addAll(Columns.of(table(device, rows)));
            return lines;
        }
    }

    /**
     * Looks before memory is taken, and measures.
     *
     * @throws BadInput in one line
     * @throws qroar.orchestrator.console.NoDevice with the figures where there is too little memory
     */
    public Result on(DeviceSettings settings) {
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
        TorchDevice where = settings.open();
        List<ForwardSpeed.Row> rows = new ArrayList<>();
        Notes notes = new Notes();
        for (Precision precision : types) {
            String slower = PrecisionChoice.note(precision, where);
            if (slower != null) {
                notes.tell(slower);
            }
            settings.requireRoom(where, largest(config, precision, where, ways));
            try (ForwardSpeed speed = ForwardSpeed.of(config, where, precision)) {
                for (int length : lengths) {
                    ways.forEach(order -> rows.add(speed.measure(order, length, passes)));
                }
            }
        }
        return new Result(shape, where, rows);
    }

    private MemoryNeed largest(ModelConfig config, Precision precision, TorchDevice where, List<Order> ways) {
        MemoryNeed largest = new MemoryNeed(0, 0, 0, 0, 0);
        for (int length : lengths) {
            for (Order order : ways) {
                MemoryNeed need = ForwardSpeed.need(config, precision, where, order, length);
                largest = need.total() > largest.total() ? need : largest;
            }
        }
        return largest;
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
