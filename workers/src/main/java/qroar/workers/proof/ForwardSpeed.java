package qroar.workers.proof;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.block.KeyValueCache;
import qroar.workers.block.RotaryTables;
import qroar.workers.config.ModelConfig;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.LayerwisePass;
import qroar.workers.model.OutputHead;
import qroar.workers.model.PassPlan;
import qroar.workers.placement.ReadingPlan.Order;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * What whole forward passes cost on a device (tables, embedding, blocks, head and losses), with weights of no meaning. Of
 * several passes the fastest counts, and so does the fastest matrix product before and behind them: on a machine that others
 * use, time beyond that is theirs. Shares on a processor are of cpu time, which others disturb least.
 */
public final class ForwardSpeed implements AutoCloseable {
    private static final int MATRIX = 2048;
    private static final int ACCELERATOR_MATRIX = 8192;
    private static final int MATRIX_RUNS = 2;
    /** Linux counts a process's time in hundredths of a second. */
    private static final double STRETCH_SECONDS = 0.2;
    /** The clock of cpu time may tick every 10 ms. */
    private static final double LEAST_CPU_SECONDS = 0.05;

    private static final double LONGEST_SECONDS = 4;

    private static final int MOST_CALLS = 100_000;
    private static final long SEED = 7;

    private final ModelConfig config;
    private final TorchDevice device;
    private final Arithmetic arithmetic;
    private final DecoderModel model;

    private ForwardSpeed(ModelConfig config, TorchDevice device, Precision precision) {
        this.config = config;
        this.device = device;
        this.arithmetic = Arithmetic.of(precision, device);
        this.model = DecoderModel.made(config, device, arithmetic);
    }

    /** Makes the weights. */
    public static ForwardSpeed of(ModelConfig config, TorchDevice device, Precision precision) {
        return new ForwardSpeed(config, device, precision);
    }

    /**
     * One kind of pass.
     *
     * @param tokensPerSecond of the fastest pass
     * @param tokensPerCpuSecond of the pass that took the processors of this machine least
     * @param matrixRate floating-point operations a second of a large square product, of cpu seconds on a processor
     * @param share of it that the pass's own operations reach, in the same seconds
     * @param peakBytes largest resident memory of the process during the passes, or what the accelerator had in use after
     *     them; null where the system does not tell
     */
    public record Row(
            Precision precision,
            Order order,
            int tokens,
            double tokensPerSecond,
            double tokensPerCpuSecond,
            double matrixRate,
            double share,
            @Nullable Long peakBytes) {}

    /** What such passes take, weights included: for looking before memory is taken. */
    public static MemoryNeed need(
            ModelConfig config, Precision precision, TorchDevice device, Order order, int tokens) {
        long chunk = Math.min(tokens, PassPlan.DEFAULT_CHUNK_TOKENS);
        long perToken = 6L * config.hiddenSize() + 3L * config.intermediateSize();
        int layers = order == Order.LAYER ? 1 : config.layerCount();
        long states = order == Order.LAYER ? 2L * precision.bytes() * tokens * config.hiddenSize() : 0;
        return new MemoryNeed(
                precision.bytes() * ModelShape.parameters(config),
                KeyValueCache.bytes(config, layers, tokens, precision) + states,
                OutputHead.logitsBytes(config, Arithmetic.of(precision, device), device, Probe.LOSSES, chunk),
                2L * Float.BYTES * chunk * perToken,
                RotaryTables.bytes(config, tokens));
    }

    /** @param passes that are timed, behind one that is not */
    public Row measure(Order order, int tokens, int passes) {
        int[] ids = new Random(SEED).ints(tokens, 0, config.vocabularySize()).toArray();
        PassPlan plan = PassPlan.of(config, new NoScaling(), null, tokens, Probe.LOSSES);
        double matrix = matrixRate();
        Time first = Time.of(() -> pass(order, plan, ids));
        forgetPeak();
        Time least = Time.least(passes, first, () -> pass(order, plan, ids));
        Long peak = peakBytes();
        matrix = Math.max(matrix, matrixRate());
        double operations = ModelShape.operations(config, tokens);
        return new Row(
                arithmetic.precision(),
                order,
                tokens,
                tokens / least.wall,
                tokens / least.cpu,
                matrix,
                operations / own(least) / matrix,
                peak);
    }

    private void pass(Order order, PassPlan plan, int[] ids) {
        if (order == Order.LAYER) {
            LayerwisePass.read(model, List.of(new LayerwisePass.Text(plan, ids, 0)), () -> false);
        } else {
            try (DocumentPass pass = DocumentPass.open(model, plan, () -> false)) {
                pass.advance(ids, 0, ids.length);
            }
        }
    }

    /** The seconds that count on this device. */
    private double own(Time time) {
        return device.kind() == TorchDevice.Kind.CPU ? time.cpu : time.wall;
    }

    private double matrixRate() {
        DecoderScript script = TorchRuntime.decoder();
        Precision products =
                arithmetic.products() == Arithmetic.Products.WIDENED ? Precision.FLOAT32 : arithmetic.precision();
        int size = device.kind() == TorchDevice.Kind.CPU
                ? Math.min(MATRIX, Math.max(256, 2 * config.hiddenSize()))
                : ACCELERATOR_MATRIX;
        try (TorchValue a = script.made(device, products, size, size);
                TorchValue b = script.made(device, products, size, size)) {
            Runnable once = () -> {
                try (TorchValue product = script.product(a, b)) {
                    script.await(product);
                }
            };
            return 2.0 * size * size * size / own(Time.least(MATRIX_RUNS, Time.of(once), once));
        }
    }

    private record Time(double wall, double cpu) {
        static Time of(Runnable call) {
            OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long cpu = system.getProcessCpuTime();
            long wall = System.nanoTime();
            call.run();
            return new Time((System.nanoTime() - wall) / 1e9, (system.getProcessCpuTime() - cpu) / 1e9);
        }

        /**
         * The least of both over some stretches, each of as many calls as the clock of cpu time needs: on a machine that
         * others use as well, what took long may have computed little.
         */
        static Time least(int stretches, Time first, Runnable call) {
            int calls = (int) Math.ceil(STRETCH_SECONDS / Math.max(first.wall, STRETCH_SECONDS / MOST_CALLS));
            Time least = new Time(Double.MAX_VALUE, Double.MAX_VALUE);
            for (int i = 0; i < stretches; i++) {
                Time stretch = of(calls, call);
                while (stretch.cpu < LEAST_CPU_SECONDS && stretch.wall < LONGEST_SECONDS && calls < MOST_CALLS) {
                    calls *= 2;
                    stretch = of(calls, call);
                }
                least = new Time(Math.min(least.wall, stretch.wall / calls), Math.min(least.cpu, stretch.cpu / calls));
            }
            return least;
        }

        private static Time of(int calls, Runnable call) {
            return of(() -> {
                for (int i = 0; i < calls; i++) {
                    call.run();
                }
            });
        }
    }

    /** Lets the kernel count the largest resident set anew. */
    private static void forgetPeak() {
        try {
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        } catch (IOException e) {
            // The peak of the whole process is then what is reported.
        }
    }

    private @Nullable Long peakBytes() {
        if (device.kind() == TorchDevice.Kind.GPU) {
            return device.usedMemoryBytes();
        }
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
