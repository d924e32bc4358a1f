package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.StorageFault;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.placement.Residence;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.TorchDevice;

class QuantizedModelsTest {
    private static final int[] CALIBRATION_TOKENS = GoldenFiles.tokens("tokens/calib_tokens.json");
    private static final QuantizationSpec GPTQ = QuantizationText.parse("gptq:bits=4,group=32");

    @TempDir
    Path scratch;

    private static int[][] calibration(int sequences) {
        return CalibrationTokens.cut(List.of(CALIBRATION_TOKENS), sequences, 128);
    }

    @Test
    void modelIsCalibratedOnceAndComputesTheSame() throws IOException {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        double[] direct = losses(checkpoint, null, GPTQ, 4);
        assertThat(losses(checkpoint, kept(), GPTQ, 4)).containsExactly(direct);
        Path entry = onlyEntry();
        Object made = made(entry);
        assertThat(losses(checkpoint, kept(), GPTQ, 4)).containsExactly(direct);
        assertThat(losses(checkpoint, kept(), QuantizationText.parse("gptq:bits=4,group=32,act-bits=8,kv-bits=4"), 4))
                .as("run-time quantizers share the weights")
                .isNotEqualTo(direct)
                .containsExactly(losses(
                        checkpoint, null, QuantizationText.parse("gptq:bits=4,group=32,act-bits=8,kv-bits=4"), 4));
        assertThat(made(onlyEntry())).isEqualTo(made);
    }

    @Test
    void entriesHoldPackedIntegersAndGridsInFloat32() throws IOException {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama-bf16-sharded");
        Checkpoint kept = Checkpoint.open(folder(kept(), checkpoint, "gptq:bits=4,group=32", 2));
        for (WeightSource tensor : kept.tensors()) {
            long elements = tensor.elements();
            if (tensor.name().endsWith("_proj.weight")) {
                assertThat(tensor.encoding()).isEqualTo("compressed-tensors:bits=4,group=32");
                assertThat(tensor.storedBytes()).isEqualTo(elements / 2 + elements / 32 * 4 + elements / 32 / 2);
            } else if (!tensor.name().startsWith("model.layers.")) {
                assertThat(tensor.encoding()).as("%s as it was", tensor.name()).isEqualTo("BF16");
            }
        }
        Path note = onlyEntry().resolve("qroar-quantized.txt");
        List<String> lines = Files.readAllLines(note);
        assertThat(lines.get(0)).isEqualTo("qroar-quantized/2");
        Object before = made(onlyEntry());
        Files.write(note, List.of("qroar-quantized/1", lines.get(1), lines.get(2)));
        folder(kept(), checkpoint, "gptq:bits=4,group=32", 2);
        assertThat(Files.readAllLines(note)).as("made anew").isEqualTo(lines);
        assertThat(made(onlyEntry())).isNotEqualTo(before);
    }

    @Test
    void whateverChangesTheWeightsIsAnotherModel() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        ObjectNode otherPositions = JsonNodeFactory.instance.objectNode();
        otherPositions.putObject("rope_scaling").put("rope_type", "linear").put("factor", 2.0);
        QuantizedModels kept = kept();
        List<Path> folders = List.of(
                folder(kept, checkpoint, "gptq:bits=4,group=32", 2),
                folder(kept, checkpoint, "gptq:bits=4,group=32", 3),
                folder(kept, checkpoint, "gptq:bits=3,group=32", 2),
                folder(kept, checkpoint, "gptq:bits=4,group=32,sym=true", 2),
                folder(kept, GoldenFiles.checkpoint("tiny-mistral"), "gptq:bits=4,group=32", 2),
                folder(kept, GoldenFiles.checkpoint("tiny-llama", otherPositions, scratch), "gptq:bits=4,group=32", 2));
        assertThat(folders).doesNotHaveDuplicates();
    }

    @Test
    void damagedOrUnfinishedEntriesAreMadeAnew() throws IOException {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        double[] sound = losses(checkpoint, kept(), GPTQ, 2);
        Path entry = onlyEntry();
        Path weights = someTensors(entry);
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.seek(file.length() - 2);
            file.write(0x42);
        }
        assertThat(losses(checkpoint, kept(), GPTQ, 2)).as("changed").containsExactly(sound);
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
        assertThat(losses(checkpoint, kept(), GPTQ, 2)).as("cut").containsExactly(sound);
        Files.delete(entry.resolve("qroar-quantized.txt"));
        Path leftover =
                Files.createDirectory(entry.resolveSibling("." + entry.getFileName() + UnfinishedFolder.PARTIAL + "1"));
        assertThat(losses(checkpoint, kept(), GPTQ, 2)).as("without its note").containsExactly(sound);
        assertThat(leftover).doesNotExist();
        assertThat(entry.resolve("qroar-quantized.txt")).exists();
    }

    @Test
    void concurrentAskersShareOneCalibration() throws Exception {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Path>> asked = Stream.generate(
                            () -> threads.submit(() -> folder(kept(), checkpoint, "gptq:bits=4,group=32", 2)))
                    .limit(4)
                    .toList();
            for (Future<Path> one : asked) {
                assertThat(one.get()).isEqualTo(onlyEntry());
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void folderThatCannotBeMadeIsAFaultOfStorage() throws IOException {
        Path file = Files.writeString(scratch.resolve("file"), "");
        assertThatThrownBy(() -> folder(
                        new QuantizedModels(file.resolve("below"), Long.MAX_VALUE),
                        GoldenFiles.checkpoint("tiny-llama"),
                        "gptq:bits=4,group=32",
                        2))
                .isInstanceOf(StorageFault.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void leastRecentlyUsedGoFirstAndNeverOneInUse() throws Exception {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        Path first = folder(kept(), checkpoint, "gptq:bits=4,group=32", 2);
        long bytes = FolderFiles.bytes(first);
        QuantizedModels roomForTwo = new QuantizedModels(scratch.resolve("kept"), 2 * bytes + bytes / 2);
        Path second = folder(roomForTwo, checkpoint, "gptq:bits=4,group=32", 3);
        Files.setLastModifiedTime(first.resolve("qroar-quantized.txt"), FileTime.fromMillis(1_000));
        Files.setLastModifiedTime(second.resolve("qroar-quantized.txt"), FileTime.fromMillis(2_000));
        assertThat(folder(roomForTwo, checkpoint, "gptq:bits=4,group=32", 2)).isEqualTo(first);
        Path third = folder(roomForTwo, checkpoint, "gptq:bits=4,group=32", 4);
        assertThat(second).as("used longest ago").doesNotExist();
        assertThat(List.of(first, third)).allMatch(Files::exists);

        double[] losses = losses(checkpoint, roomForTwo, GPTQ, 4);
        QuantizedModels roomForNone = new QuantizedModels(scratch.resolve("kept"), 1);
        try (QuantizedModels.Use use = use(roomForTwo, checkpoint, "gptq:bits=4,group=32", 4)) {
            Path fourth = folder(roomForNone, checkpoint, "gptq:bits=3,group=32", 2);
            assertThat(use.checkpoint().directory()).isEqualTo(third).exists();
            assertThat(first).doesNotExist();
            folder(roomForNone, checkpoint, "gptq:bits=3,group=32", 3);
            assertThat(fourth).as("closed").doesNotExist();
        }
        folder(roomForNone, checkpoint, "gptq:bits=3,group=32", 4);
        assertThat(third).as("closed").doesNotExist();
        assertThat(losses(checkpoint, roomForNone, GPTQ, 4)).as("made anew").containsExactly(losses);
    }

    @Test
    void anEntryThatAnotherProcessReadsStays() throws Exception {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        Path entry = folder(kept(), checkpoint, "gptq:bits=4,group=32", 2);
        Path lock = entry.resolveSibling(entry.getFileName() + ".lock");
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SharedLockHolder.class.getName(),
                        lock.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        QuantizedModels roomForNone = new QuantizedModels(scratch.resolve("kept"), 1);
        try {
            assertThat(other.getInputStream().read()).isEqualTo('!');
            folder(roomForNone, checkpoint, "gptq:bits=3,group=32", 2);
            assertThat(entry).exists();
        } finally {
            other.destroyForcibly().waitFor();
        }
        folder(roomForNone, checkpoint, "gptq:bits=3,group=32", 3);
        assertThat(entry).as("its reader is dead").doesNotExist();
    }

    private QuantizedModels kept() {
        return new QuantizedModels(scratch.resolve("kept"), Long.MAX_VALUE);
    }

    private static QuantizedModels.Use use(QuantizedModels kept, Checkpoint checkpoint, String spec, int sequences) {
        return kept.of(checkpoint, QuantizationText.parse(spec).weights(), TorchDevice.CPU, calibration(sequences));
    }

    private static Path folder(QuantizedModels kept, Checkpoint checkpoint, String spec, int sequences) {
        try (QuantizedModels.Use use = use(kept, checkpoint, spec, sequences)) {
            return use.checkpoint().directory();
        }
    }

    private Path onlyEntry() throws IOException {
        try (Stream<Path> files = Files.list(scratch.resolve("kept"))) {
            List<Path> entries = files.filter(f -> f.getFileName().toString().matches("[0-9a-f]{64}"))
                    .toList();
            assertThat(entries).hasSize(1);
            return entries.get(0);
        }
    }

    private static Object made(Path entry) throws IOException {
        return Files.getLastModifiedTime(someTensors(entry));
    }

    private static Path someTensors(Path entry) throws IOException {
        try (Stream<Path> files = Files.list(entry)) {
            return files.filter(each -> each.getFileName().toString().matches("model-00001-of-.*safetensors"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static double[] losses(
            Checkpoint checkpoint, @Nullable QuantizedModels kept, QuantizationSpec spec, int sequences) {
        int[] tokens = GoldenFiles.tokens("tokens/tokens_short.json");
        try (DecoderModel model = kept == null
                ? DecoderModel.load(checkpoint, TorchDevice.CPU, spec, calibration(sequences))
                : DecoderModel.load(
                        checkpoint, TorchDevice.CPU, spec, calibration(sequences), kept, Residence.FLOAT32)) {
            return model.tokenNll(tokens, checkpoint.config().ropeScaling(), null);
        }
    }
}
