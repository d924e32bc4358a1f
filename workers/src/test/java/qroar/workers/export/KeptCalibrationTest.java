package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.torch.TorchDevice;

class KeptCalibrationTest {
    private static final class CutShort extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @TempDir
    Path scratch;

    private final Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
    private final int layers = checkpoint.config().layerCount();
    private final List<Integer> told = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(strings = {"gptq:bits=4,group=32", "awq:bits=4,group=32", "smoothquant:bits=8,group=0,alpha=0.5"})
    void killedCalibrationGoesOnAtItsLayerAndMakesTheSameModel(String spec) throws Exception {
        String whole = digest("whole", spec);
        told.clear();
        Process killed = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dai.djl.offline=true",
                        "-DRUST_FLAVOR=cpu",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CutShortCalibration.class.getName(),
                        scratch.resolve("killed").toString(),
                        spec,
                        "0")
                .inheritIO()
                .start();
        assertThat(killed.waitFor()).isEqualTo(9);
        assertThat(layersDone("killed", spec)).isEqualTo(1);
        assertThat(digest("killed", spec)).isEqualTo(whole);
        assertThat(told).as("calibrated after that").containsExactlyElementsOf(from(1));
        assertThat(files("killed")).as("nothing is left of it").isEqualTo(files("whole"));
    }

    @Test
    void whatIsNotWhatWasWrittenIsCalibratedAnew() throws IOException {
        String spec = "gptq:bits=4,group=32,true-sequential=true";
        String whole = digest("whole", spec);
        for (String damaged : List.of("states-1", "layer-0", "model-00001-of-0000" + (layers + 1) + ".safetensors")) {
            cutShortBehindFirstLayer(damaged, spec);
            Path file = growing(damaged).resolve(damaged);
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.seek(file.toFile().length() - 3);
                bytes.write('?');
            }
            told.clear();
            assertThat(digest(damaged, spec)).as(damaged).isEqualTo(whole);
            assertThat(told).as(damaged).containsExactlyElementsOf(from(0));
        }
    }

    @Test
    void otherTextsAreAnotherCalibration() {
        String spec = "gptq:bits=4,group=32";
        cutShortBehindFirstLayer("kept", spec);
        QuantizedModels kept = new QuantizedModels(scratch.resolve("kept"), Long.MAX_VALUE);
        int[][] others = CutShortCalibration.sequences();
        others[0][0]++;
        assertThat(layersDone("kept", spec)).isEqualTo(1);
        assertThat(kept.layersDone(checkpoint, weights(spec), others)).isZero();
    }

    private void cutShortBehindFirstLayer(String folder, String spec) {
        QuantizedModels kept = new QuantizedModels(scratch.resolve(folder), Long.MAX_VALUE, layer -> {
            throw new CutShort();
        });
        assertThatThrownBy(() -> kept.of(checkpoint, weights(spec), TorchDevice.CPU, CutShortCalibration.sequences()))
                .isInstanceOf(CutShort.class);
    }

    private List<Integer> from(int first) {
        return IntStream.range(first, layers).boxed().toList();
    }

    private int layersDone(String folder, String spec) {
        return new QuantizedModels(scratch.resolve(folder), Long.MAX_VALUE)
                .layersDone(checkpoint, weights(spec), CutShortCalibration.sequences());
    }

    private String digest(String folder, String spec) {
        QuantizedModels kept = new QuantizedModels(scratch.resolve(folder), Long.MAX_VALUE, told::add);
        try (QuantizedModels.Use use =
                kept.of(checkpoint, weights(spec), TorchDevice.CPU, CutShortCalibration.sequences())) {
            return use.checkpoint().digest();
        }
    }

    private static WeightQuantization weights(String spec) {
        return QuantizationText.parse(spec).weights();
    }

    private Path growing(String folder) throws IOException {
        try (Stream<Path> files = Files.list(scratch.resolve(folder))) {
            return files.filter(each -> each.getFileName().toString().endsWith(".partial-layers"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private List<String> files(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(scratch.resolve(folder))) {
            return files.map(each -> scratch.resolve(folder).relativize(each).toString())
                    .filter(each -> !each.startsWith("digests"))
                    .sorted()
                    .toList();
        }
    }
}
