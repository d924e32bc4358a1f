package qroar.workers.export;

import java.nio.file.Path;
import java.util.List;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.torch.TorchDevice;

/** A process that is killed while it calibrates: {@code FOLDER SPEC LAYER}, the last layer that it finishes. */
final class CutShortCalibration {
    private CutShortCalibration() {}

    static int[][] sequences() {
        return CalibrationTokens.cut(List.of(GoldenFiles.tokens("tokens/calib_tokens.json")), 4, 130);
    }

    public static void main(String[] args) {
        int last = Integer.parseInt(args[2]);
        QuantizedModels kept = new QuantizedModels(Path.of(args[0]), Long.MAX_VALUE, layer -> {
            if (layer == last) {
                // As kill -9 would: no hook runs, nothing is put in order.
                Runtime.getRuntime().halt(9);
            }
        });
        kept.of(
                        GoldenFiles.checkpoint("tiny-llama"),
                        QuantizationText.parse(args[1]).weights(),
                        TorchDevice.CPU,
                        sequences())
                .close();
    }
}
