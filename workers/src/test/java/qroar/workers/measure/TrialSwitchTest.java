package qroar.workers.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.FileTree;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.torch.TorchDevice;

/** Going from one candidate's scales to the next on the bundled model: new rotary tables and nothing else. */
class TrialSwitchTest {
    private static final int TRIALS = 21;
    private static final int WINDOW_TOKENS = 256;
    private static final int POSITIONS = 2048;

    @Test
    void aTrialSwitchReloadsNothingAndCostsLessThanOneWindow(@TempDir Path scratch) throws IOException {
        Checkpoint checkpoint = Checkpoint.open(
                FileTree.copy(Path.of("..", "experiments", "samples", "demo", "model"), scratch.resolve("model")));
        RopeScaling rope = RopeScalingSpec.parse("yarn:factor=4");
        BandPartition bands = BandPartition.logSpaced(32, 4);
        int[] tokens = new int[WINDOW_TOKENS];
        try (DecoderModel model =
                DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationText.parse("rtn:bits=2,group=32"))) {
            // What is not there any more cannot be loaded, or quantized, again.
            FileTree.empty(scratch);
            List<Long> switches = new ArrayList<>();
            List<Long> windows = new ArrayList<>();
            for (int trial = 0; trial < TRIALS; trial++) {
                BandScales scales = BandScales.identity(bands, ScaleMode.SHARED).with(trial % 4, 0.8 + 0.02 * trial);
                long begun = System.nanoTime();
                try (DocumentPass pass = DocumentPass.open(model, rope, scales, POSITIONS, Probe.LOSSES, () -> false)) {
                    long opened = System.nanoTime();
                    pass.advance(tokens, 0, WINDOW_TOKENS);
                    switches.add(opened - begun);
                    windows.add(System.nanoTime() - opened);
                }
            }
            double ratio = (double) median(switches) / median(windows);
            System.out.printf(
                    "trial switch: %.2f ms, %.3f of one window's forward (%.2f ms), medians of %d%n",
                    median(switches) / 1e6, ratio, median(windows) / 1e6, TRIALS);
            assertThat(ratio).isLessThan(1);
        }
    }

    private static long median(List<Long> values) {
        List<Long> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
