package qroar.workers.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.Headway;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

class LinearInputsTest {
    private static final int SEQUENCES = 3;
    private static final int LENGTH = 5;

    @TempDir
    Path folder;

    private final Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");

    @Test
    void filesHoldWhatMemoryWouldHoldAndEveryReadingIsAStep() {
        CalibrationRun run = new CalibrationRun(
                checkpoint, TorchDevice.CPU, new int[SEQUENCES][LENGTH], new StatesFolder(folder, 0));
        try (LinearInputs inMemory = filled(run, Long.MAX_VALUE);
                LinearInputs inFiles = filled(run, 0)) {
            assertThat(folder.toFile().list()).hasSize(4);
            for (Projection projection : List.of(Projection.KEY, Projection.OUTPUT, Projection.UP, Projection.DOWN)) {
                try (TorchValue mean = inMemory.meanMagnitude(projection);
                        TorchValue meanOfFiles = inFiles.meanMagnitude(projection)) {
                    assertThat(meanOfFiles.floats()).containsExactly(mean.floats());
                    assertThat(mean.floats()[0]).isEqualTo(7f);
                }
                // Token 4 of the first sequence, 3 of the second and 2 of the third are the 5th, 9th and 13th of all.
                assertThat(firsts(inMemory, projection)).containsExactly(0, 4, 8, 12);
                assertThat(firsts(inFiles, projection)).containsExactly(0, 4, 8, 12);
            }
            Headway headway = new Headway();
            headway.during(() -> {
                inFiles.of(Projection.VALUE, 1).close();
                inFiles.of(Projection.GATE, 2).close();
                return null;
            });
            assertThat(headway.steps()).isEqualTo(2);
        }
    }

    private float[] firsts(LinearInputs inputs, Projection projection) {
        int columns = projection.inFeatures(checkpoint.config());
        try (TorchValue some = inputs.every(projection, 4)) {
            float[] rows = some.floats();
            float[] firsts = new float[rows.length / columns];
            for (int i = 0; i < firsts.length; i++) {
                firsts[i] = rows[i * columns];
            }
            return firsts;
        }
    }

    /** Each token's row holds the number of the token. */
    private LinearInputs filled(CalibrationRun run, long maxBytes) {
        LinearInputs inputs = new LinearInputs(run, SEQUENCES, LENGTH, maxBytes);
        for (int s = 0; s < SEQUENCES; s++) {
            int sequence = s;
            inputs.put(s, projection -> rows(projection.inFeatures(checkpoint.config()), sequence * LENGTH));
        }
        return inputs;
    }

    private static TorchValue rows(int columns, int from) {
        float[] values = new float[LENGTH * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = from + i / columns;
        }
        return TorchRuntime.decoder().floats(values, new long[] {LENGTH, columns}, TorchDevice.CPU);
    }
}
