package qroar.orchestrator.app.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.app.model.CalibrationSource;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.app.model.ScalesSettings;
import qroar.protocol.BadInput;
import qroar.protocol.calibration.BlockChoice;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.QuantizedModels;

/** Models are quantized and rescaled without a command line: records in, a checkpoint and a record out. */
class WrittenModelsTest {
    private static final Path MODEL = Path.of("../workers/src/test/resources/golden/checkpoints/tiny-llama-q");
    private static final DeviceSettings CPU = new DeviceSettings("cpu", null, Long.MAX_VALUE);
    private static final CalibrationSource NONE = new CalibrationSource(List.of(), null, 16, 512, BlockChoice.SPREAD);

    @TempDir
    private Path folder = Path.of("");

    private ModelQuantization quantization(String spec, FormatSettings format, DeviceSettings device) {
        QuantizedModels kept = new QuantizedModels(folder.resolve("kept"), Long.MAX_VALUE);
        return new ModelQuantization(MODEL, spec, format, NONE, device, kept, folder.resolve("out"));
    }

    @Test
    void aQuantizedModelIsWrittenAndTold() {
        WrittenModel written = quantization("rtn:bits=4,group=32", new FormatSettings(null, null), CPU)
                .write();
        assertThat(written.format()).isEqualTo("compressed-tensors");
        assertThat(written.largestRounding()).isZero();
        assertThat(written.digest())
                .isEqualTo(Checkpoint.open(folder.resolve("out")).digest());
        assertThat(written.summary()).contains("to the bit", written.digest().substring(0, 12));
    }

    @Test
    void whatCannotBeWrittenIsRefusedBeforeAFileIs() {
        FormatSettings fitting = new FormatSettings(null, null);
        assertThatThrownBy(() -> quantization("rtn:bits=4,group=32,kv-bits=8", fitting, CPU)
                        .write())
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("give them to eval");
        assertThatThrownBy(() -> quantization("none", fitting, CPU).write()).hasMessageContaining("nothing to write");
        assertThatThrownBy(
                        () -> quantization("awq:bits=4,group=32", fitting, CPU).write())
                .hasMessageContaining("needs texts to calibrate on");
        FormatSettings contradicting = new FormatSettings("float16", "float32");
        assertThatThrownBy(() ->
                        quantization("rtn:bits=8,group=32", contradicting, CPU).write())
                .hasMessageContaining("contradict each other");
        DeviceSettings small = new DeviceSettings("cpu", null, 1);
        assertThatThrownBy(() ->
                        quantization("rtn:bits=4,group=32", fitting, small).write())
                .hasMessageContaining("(--memory)");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void scalesGoIntoACheckpointOnlyWhereSomeAreGiven() {
        Path out = folder.resolve("out");
        assertThatThrownBy(() -> new ModelRescaling(MODEL, scales(null), null, out).write())
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("--scales is missing");
        ModelRescaling.Result done =
                new ModelRescaling(MODEL, scales("2,0.5,1"), "yarn:factor=4,original=64", out).write();
        assertThat(done.storedQuantization()).isEqualTo("none");
        assertThat(done.numbers()).isPositive();
        assertThat(Files.exists(out.resolve("config.json"))).isTrue();
        assertThat(Checkpoint.open(out).config().ropeScaling()).isEqualTo(done.rope());
    }

    private static ScalesSettings scales(@Nullable String word) {
        return new ScalesSettings(word, null, null, false);
    }
}
