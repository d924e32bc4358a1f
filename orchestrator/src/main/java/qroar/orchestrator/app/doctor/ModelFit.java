package qroar.orchestrator.app.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.orchestrator.app.plan.PlannedDevice;
import qroar.orchestrator.console.Columns;
import qroar.protocol.BadInput;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.torch.TorchDevice;

/**
 * How a checkpoint would rest and be read: what commands choose for one document of a length. Reads headers only.
 *
 * @param rows of every device and length
 * @param notes of how the checkpoint is read, and of a precision that a device does not like
 */
public record ModelFit(Path model, long parameters, List<Row> rows, List<String> notes) {
    public ModelFit {
        rows = List.copyOf(rows);
        notes = List.copyOf(notes);
    }

    /** A length on a device. */
    public record Row(PlannedDevice device, Precision precision, int length, MemoryPlan plan) {
        boolean fits() {
            return plan.fits(device.memoryBytes());
        }
    }

    /**
     * What is looked at.
     *
     * @param model a checkpoint, or a {@code config.json} alone
     * @param lengths in tokens
     * @param precision its word
     * @param on cards that somebody thinks of; none for the device
     * @param device its word; null for the cpu
     * @param memoryBytes {@code Long.MAX_VALUE} for what is free
     */
    public record Asked(
            Path model,
            List<Integer> lengths,
            String precision,
            List<String> on,
            @Nullable String device,
            long memoryBytes) {
        public Asked {
            lengths = List.copyOf(lengths);
            on = List.copyOf(on);
            if (lengths.stream().anyMatch(length -> length < 2)) {
                throw new BadInput("--length " + lengths + " must be at least 2 each");
            }
        }

        private List<PlannedDevice> devices() {
            List<PlannedDevice> devices = new ArrayList<>();
            on.forEach(spec -> devices.addAll(PlannedDevice.thoughtOf(spec, memoryBytes)));
            if (devices.isEmpty()) {
                TorchDevice named = device == null
                        ? TorchDevice.CPU
                        : new DeviceReport.Asked(device, null, DeviceReport.Speed.LEFT_OUT).named();
                devices.add(PlannedDevice.here(named, memoryBytes, 1));
            }
            return devices;
        }
    }

    /** @throws BadInput in one line for whatever is wrong with the checkpoint or what is asked */
    public static ModelFit of(Asked asked) {
        Path model = asked.model();
        Checkpoint checkpoint = Files.isRegularFile(model) && model.toString().endsWith(".json")
                ? Checkpoint.outline(model)
                : Checkpoint.open(model);
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>(checkpoint.notes());
        for (PlannedDevice device : asked.devices()) {
            TorchDevice kind = device.kind();
            Precision precision = PrecisionChoice.resolved(asked.precision(), List.of(kind), checkpoint);
            String slower = PrecisionChoice.note(precision, kind);
            if (slower != null && !notes.contains(slower)) {
                notes.add(slower);
            }
            for (int length : asked.lengths()) {
                MemoryPlan plan = MemoryPlan.choose(
                        checkpoint,
                        MemoryPlan.Passes.alone(length, Probe.LOSSES, precision, kind),
                        MemoryPlan.Wish.AUTO,
                        device.memoryBytes());
                rows.add(new Row(device, precision, length, plan));
            }
        }
        return new ModelFit(model, checkpoint.parameterCount(), rows, notes);
    }

    /** Whether at least one length has room on a device. */
    public boolean isPossible() {
        return rows.stream().anyMatch(Row::fits);
    }

    /** For people. */
    public List<String> lines() {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("device", "has", "precision", "tokens", "needs", "placement", "order"));
        for (Row row : rows) {
            table.add(List.of(
                    row.device().name(),
                    MemoryNeed.gibibytes(row.device().memoryBytes()),
                    row.precision().word(),
                    String.valueOf(row.length()),
                    MemoryNeed.gibibytes(row.plan().need().total()) + (row.fits() ? "" : ": DOES NOT FIT"),
                    row.plan().placement().word(),
                    row.plan().reading().order().word()));
        }
        List<String> lines = new ArrayList<>();
        lines.add(model + ": " + parameters + " weights");
        lines.addAll(Columns.of(table));
        notes.forEach(note -> lines.add("note: " + note));
        return lines;
    }

    /** The same for machines. */
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("model", model.toString());
        json.put("parameters", parameters);
        json.put("rows", rows.stream().map(ModelFit::json).toList());
        json.put("notes", notes);
        return json;
    }

    private static Map<String, Object> json(Row row) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("device", row.device().name());
        json.put("memoryBytes", row.device().memoryBytes());
        json.put("precision", row.precision().word());
        json.put("lengthTokens", row.length());
        json.put("needBytes", row.plan().need().total());
        json.put("placement", row.plan().placement().word());
        json.put("order", row.plan().reading().order().word());
        json.put("fits", row.fits());
        return json;
    }
}
