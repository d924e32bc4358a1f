package qroar.orchestrator.app.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.ByteSize;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.protocol.BadInput;
import qroar.protocol.trial.Precision;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.proof.DeviceSpeed;
import qroar.workers.torch.TorchDevice;

/**
 * A device that a run is planned for: one of this machine, or one that somebody thinks of.
 *
 * @param name for people
 * @param kind of device, whether it is here or not
 * @param memoryBytes that models and passes may take there
 * @param teraflops of its matrix products in the run's precision; 0 where they are not known
 * @param workers on it at the same time
 */
public record PlannedDevice(String name, TorchDevice kind, long memoryBytes, double teraflops, int workers) {
    private static final Pattern THOUGHT_OF = Pattern.compile(
            "(?:(\\d{1,3}) *x *)?([a-z0-9. -]+?)(?: *@ *(\\d{1,5}(?:\\.\\d{1,3})?) *T?)?", Pattern.CASE_INSENSITIVE);
    private static final int MOST = 64;
    private static final int CPU_MATRIX = 1024;
    private static final int GPU_MATRIX = 8192;

    /** What is known of a card: memory that a driver leaves, dense 16-bit matrix products with float32 sums. */
    private record Card(double gibibytes, double teraflops) {}

    private static final Map<String, Card> CARDS = Map.of(
            "rtx3090", new Card(23.5, 71),
            "rtx4090", new Card(23.5, 165),
            "rtx5090", new Card(31.3, 210),
            "l40s", new Card(44.4, 181),
            "a100-40", new Card(39.4, 312),
            "a100-80", new Card(79.1, 312),
            "h100", new Card(79.1, 989),
            "h200", new Card(139.8, 989));

    /** The words for cards that are known. */
    public static String cards() {
        return String.join(", ", CARDS.keySet().stream().sorted().toList());
    }

    /**
     * Devices that somebody thinks of, or those of this machine on which workers would sit.
     *
     * @param thoughtOf specs, see {@link #thoughtOf}; none for this machine
     * @throws BadInput naming what is understood
     */
    public static List<PlannedDevice> all(List<String> thoughtOf, WorkerSettings workers) {
        long cap = workers.manners().memoryBytes();
        List<PlannedDevice> devices = new ArrayList<>();
        thoughtOf.forEach(spec -> devices.addAll(thoughtOf(spec, cap)));
        if (devices.isEmpty()) {
            List<TorchDevice> seats = workers.plannedSeats();
            seats.stream()
                    .distinct()
                    .forEach(device -> devices.add(here(device, cap, Collections.frequency(seats, device))));
        }
        return devices;
    }

    /**
     * A device of this machine with what is free there now, or less.
     *
     * @param capBytes {@code Long.MAX_VALUE} for all
     */
    public static PlannedDevice here(TorchDevice device, long capBytes, int workers) {
        DeviceMemory.Reading reading = DeviceMemory.of(device).read();
        return new PlannedDevice(device.word(), device, Math.min(capBytes, reading.left()), 0, workers);
    }

    /**
     * GPUs that somebody thinks of: {@code rtx4090}, {@code 2xrtx4090}, {@code 24G}, {@code 2x24G@165T} (two of 24 GiB with
     * 165 TFLOP/s), or a card as a driver calls it.
     *
     * @throws BadInput naming what is understood
     */
    public static List<PlannedDevice> thoughtOf(String spec, long capBytes) {
        Matcher parts = THOUGHT_OF.matcher(spec.strip());
        if (!parts.matches()) {
            throw unknown(spec);
        }
        int count = parts.group(1) == null ? 1 : Integer.parseInt(parts.group(1));
        String given = parts.group(2);
        String known = card(given);
        Card card = known == null ? null : CARDS.get(known);
        String named = known == null ? given : known;
        long bytes;
        if (card == null) {
            try {
                bytes = ByteSize.parse(named).bytes();
            } catch (IllegalArgumentException e) {
                throw unknown(spec);
            }
        } else {
            bytes = (long) (card.gibibytes * (1L << 30));
        }
        if (count < 1 || count > MOST) {
            throw new BadInput("--on " + spec + ": from 1 to " + MOST + " devices can be planned for");
        }
        double teraflops = card == null ? 0 : card.teraflops;
        if (parts.group(3) != null) {
            teraflops = Double.parseDouble(parts.group(3));
        }
        List<PlannedDevice> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            devices.add(new PlannedDevice(
                    count == 1 ? named : named + " #" + (i + 1),
                    TorchDevice.ofWord("gpu:" + i),
                    Math.min(capBytes, bytes),
                    teraflops,
                    1));
        }
        return devices;
    }

    /** By its word here, by what people call it (4090) or by what a driver does (NVIDIA A100-SXM4-80GB); null for no card. */
    private static @Nullable String card(String given) {
        String plain = given.toLowerCase(Locale.ROOT)
                .replaceAll("nvidia|geforce|sxm\\d?|pcie|hbm\\d?e?|[ .-]", "")
                .replaceFirst("gb?$", "")
                .replace("h10080", "h100");
        return CARDS.keySet().stream()
                .filter(card -> Set.of(plain, "rtx" + plain).contains(card.replace("-", "")))
                .findFirst()
                .orElse(null);
    }

    private static BadInput unknown(String spec) {
        return new BadInput("--on '" + spec + "' is no device; use a card (" + cards()
                + ") or its memory, with a number of them before and TFLOP/s behind where wanted: 2xrtx4090, 24G,"
                + " 2x24G@165T");
    }

    /**
     * The same devices, of this machine, with what their matrix products reach here and now, all workers of each together.
     */
    public static List<PlannedDevice> measured(List<PlannedDevice> devices, Precision precision) {
        return devices.stream().map(device -> device.measured(precision)).toList();
    }

    private PlannedDevice measured(Precision precision) {
        boolean cpu = kind.kind() == TorchDevice.Kind.CPU;
        double rate = DeviceSpeed.matrixRate(kind, precision, cpu ? CPU_MATRIX : GPU_MATRIX);
        return new PlannedDevice(name, kind, memoryBytes, (cpu ? workers : 1) * rate / 1e12, workers);
    }

    /** Whether it is of this machine, and no card that somebody thinks of. */
    boolean isHere() {
        return name.equals(kind.word());
    }

    /** Null where nothing is known of its speed. */
    public @Nullable Double knownTeraflops() {
        return teraflops > 0 ? teraflops : null;
    }
}
