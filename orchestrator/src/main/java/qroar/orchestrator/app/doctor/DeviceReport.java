package qroar.orchestrator.app.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.protocol.trial.Precision;
import qroar.workers.lending.LaneChoice;
import qroar.workers.proof.DeviceProof;
import qroar.workers.proof.DeviceProof.Check;
import qroar.workers.proof.DeviceSpeed;
import qroar.workers.proof.DeviceSpeed.Shape;
import qroar.workers.proof.GoldenVectors;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.UnusableDevice;

/**
 * What a check of one device found, for people and machines.
 *
 * @param problem why it cannot be used, in one line; null when it can
 */
public record DeviceReport(
        TorchDevice device,
        List<Check> checks,
        List<DeviceSpeed> speeds,
        @Nullable String problem) {
    /** The most that {@code qroar plan experiments/samples/llama2-7b-table1.yaml} gives for documents of 32,768 tokens. */
    private static final long TABLE_1_TOKENS = 10_700_000;

    private static final int TABLE_1_KEYS = 16_384;

    /** Whether the device is timed as well. */
    public enum Speed {
        MEASURED,
        LEFT_OUT
    }

    /**
     * What is looked at.
     *
     * @param device its word, as a person gave it
     * @param golden folder of a model and its losses; null for those that come with the product
     */
    public record Asked(String device, @Nullable Path golden, Speed speed) {
        /**
         * The device, not looked at yet; the native library is told its threads, which it takes when it starts.
         *
         * @throws qroar.protocol.BadInput where the word is none of a device
         */
        TorchDevice named() {
            DeviceSettings settings = new DeviceSettings(device, null, Long.MAX_VALUE);
            settings.settleThreads();
            return settings.named();
        }
    }

    /** @param golden null for the vectors that come with the product */
    static DeviceReport of(TorchDevice device, @Nullable Path golden, Speed speed) {
        String absence = TorchRuntime.get().absence(device);
        if (absence != null) {
            return new DeviceReport(
                    device, List.of(), List.of(), "device " + device.word() + " is not there (" + absence + ")");
        }
        DeviceProof proof;
        try (GoldenVectors vectors = golden == null ? GoldenVectors.bundled() : GoldenVectors.read(golden)) {
            proof = DeviceProof.of(device, vectors);
        } catch (UnusableDevice e) {
            return new DeviceReport(device, List.of(), List.of(), e.getMessage());
        }
        try {
            proof.requireRight();
        } catch (UnusableDevice e) {
            return new DeviceReport(device, proof.checks(), List.of(), e.getMessage());
        }
        return new DeviceReport(device, proof.checks(), speed == Speed.LEFT_OUT ? List.of() : speeds(device), null);
    }

    /** A processor gets a smaller block and shorter documents: seconds, not minutes. */
    private static List<DeviceSpeed> speeds(TorchDevice device) {
        if (device.kind() == TorchDevice.Kind.CPU) {
            return List.of(DeviceSpeed.measure(device, Precision.FLOAT32, Shape.QUARTER, 512, 1024, 4096, 16_384));
        }
        List<DeviceSpeed> speeds = new ArrayList<>();
        for (Precision precision : List.of(Precision.BFLOAT16, Precision.FLOAT16, Precision.FLOAT32)) {
            speeds.add(DeviceSpeed.measure(device, precision, Shape.LLAMA_2_7B, 2048, 4096, 32_768, 65_536));
            device.releaseUnused();
        }
        return speeds;
    }

    /** For people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(device.word() + ": " + (problem == null ? "computes what it should" : problem));
        for (Check check : checks) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  %.2e (at most %.0e)%s  %s%s",
                    check.difference(),
                    check.allowed(),
                    check.right() ? "" : " WRONG",
                    check.what(),
                    check.use() == DeviceProof.Use.PASSED_OVER ? " (not used)" : ""));
        }
        if (problem == null) {
            lines.add("  weights that do not rest there are "
                    + LaneChoice.of(device).words());
        }
        for (DeviceSpeed speed : speeds) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s, a block of %s, chunks of %d tokens; matrix products %s",
                    speed.precision().word(),
                    speed.shape().name(),
                    speed.chunkTokens(),
                    rate(speed.matrixRate())));
            for (DeviceSpeed.Row row : speed.rows()) {
                lines.add(String.format(
                        Locale.ROOT,
                        "  %6d tokens: %.1f tokens/s through %d layers, %.2f of the matrix products' rate",
                        row.tokens(),
                        row.tokensPerSecond(),
                        speed.shape().layers(),
                        row.share()));
            }
            lines.add(String.format(
                    Locale.ROOT,
                    "  table 1 of the paper, at most %.1f M forward tokens: %.1f hours%s",
                    TABLE_1_TOKENS / 1e6,
                    table1Hours(speed),
                    speed.shape() == Shape.LLAMA_2_7B ? "" : ", extrapolated by operations from the smaller block"));
        }
        return lines;
    }

    private static String rate(double perSecond) {
        return perSecond < 1e12
                ? String.format(Locale.ROOT, "%.1f GFLOP/s", perSecond / 1e9)
                : String.format(Locale.ROOT, "%.1f TFLOP/s", perSecond / 1e12);
    }

    /** By the rate of operations at the length nearest to the mean one. */
    private static double table1Hours(DeviceSpeed speed) {
        DeviceSpeed.Row nearest = speed.rows().get(0);
        for (DeviceSpeed.Row row : speed.rows()) {
            if (Math.abs(row.tokens() / 2 - TABLE_1_KEYS) < Math.abs(nearest.tokens() / 2 - TABLE_1_KEYS)) {
                nearest = row;
            }
        }
        double rate = nearest.share() * speed.matrixRate();
        return TABLE_1_TOKENS * Shape.LLAMA_2_7B.operationsOfModel(TABLE_1_KEYS) / rate / 3600;
    }

    /** The same for machines. */
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("device", device.word());
        json.put("usable", problem == null);
        json.put("problem", problem);
        json.put("weightsThatDoNotRest", problem == null ? LaneChoice.of(device).words() : null);
        double largest = 0;
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Check check : checks) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("check", check.what());
            row.put("difference", check.difference());
            row.put("allowed", check.allowed());
            row.put("right", check.right());
            row.put("used", check.use() == DeviceProof.Use.COMPUTED_WITH);
            rows.add(row);
            if (check.use() == DeviceProof.Use.COMPUTED_WITH) {
                largest = Math.max(largest, check.difference());
            }
        }
        json.put("largestDifference", largest);
        json.put("checks", rows);
        json.put("speed", speeds.stream().map(DeviceReport::json).toList());
        return json;
    }

    private static Map<String, Object> json(DeviceSpeed speed) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("precision", speed.precision().word());
        json.put("shape", speed.shape().name());
        json.put("chunkTokens", speed.chunkTokens());
        json.put("matrixFlops", speed.matrixRate());
        List<Map<String, Object>> rows = new ArrayList<>();
        for (DeviceSpeed.Row row : speed.rows()) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("tokens", row.tokens());
            each.put("tokensPerSecond", row.tokensPerSecond());
            each.put("shareOfMatrixRate", row.share());
            rows.add(each);
        }
        json.put("lengths", rows);
        json.put("table1Hours", table1Hours(speed));
        json.put("table1Extrapolated", speed.shape() != Shape.LLAMA_2_7B);
        return json;
    }
}
