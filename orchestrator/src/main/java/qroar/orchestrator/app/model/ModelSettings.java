package qroar.orchestrator.app.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.PlacementSettings;

/**
 * Which model is measured, how it is quantized and interpolated, and where it runs; words as a person gave them.
 *
 * @param checkpoint a folder, or a GGUF file
 * @param rope a spec; null for the checkpoint's own scaling
 * @param quantize a spec, {@code none} for the weights as they are
 * @param placement of weights, and order of passes
 * @param precision of the forward pass, or {@code auto}
 * @param calibration of quantizers that need it
 * @param modelCache folder of calibrated models, which is made when the first is kept
 * @param modelCacheBytes most that they may take there
 * @param device to run on
 */
public record ModelSettings(
        Path checkpoint,
        @Nullable String rope,
        String quantize,
        PlacementSettings placement,
        String precision,
        CalibrationSource calibration,
        Path modelCache,
        long modelCacheBytes,
        DeviceSettings device) {}
