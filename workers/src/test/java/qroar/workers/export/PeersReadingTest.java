package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.gguf.GgufFile;
import qroar.workers.gguf.GgufTensor;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.torch.TorchDevice;

/**
 * Models that we write are byte for byte those which the formats' own libraries were given, and mean to us what the libraries
 * read in them (see {@code golden/formats/generate_written.py}).
 */
class PeersReadingTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final int[][] NO_CALIBRATION = {};
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path scratch;

    static Stream<Arguments> cases() {
        JsonNode cases = GoldenFiles.json(GOLDEN.resolve("formats/written.json"));
        return StreamSupport.stream(cases.spliterator(), false)
                .map(each -> Arguments.of(
                        each.get("checkpoint").textValue(),
                        each.get("quantizer").textValue(),
                        each.get("format").textValue(),
                        each));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cases")
    void theirLibrariesReadWhatWeMean(String checkpoint, String quantizer, String format, JsonNode read)
            throws Exception {
        Path model = GOLDEN.resolve(checkpoint.contains("/") ? checkpoint : "checkpoints/" + checkpoint);
        ExportFormat written = ExportFormat.of(format, null);
        Path folder = scratch.resolve("out");
        QuantizedExport.write(
                Checkpoint.open(model),
                QuantizationText.parse(quantizer).weights(),
                NO_CALIBRATION,
                TorchDevice.CPU,
                written,
                folder);
        Path file = QuantizedExport.model(written, folder);
        assertThat(written instanceof ExportFormat.Gguf ? tensorsOfGguf(file) : tensorsOfSafetensors(folder))
                .as("the bytes that the library was given")
                .isEqualTo(read.get("tensors").textValue());
        Map<String, String> weights = new TreeMap<>();
        Checkpoint back = Checkpoint.open(file);
        for (int layer = 0; layer < back.config().layerCount(); layer++) {
            for (Projection projection : Projection.values()) {
                String name = projection.weight(layer);
                weights.put(name, sha256(bytes(back.readFloat32(name))));
            }
        }
        assertThat(weights).hasSize(read.get("linears").intValue());
        assertThat(listed(weights)).as("weights").isEqualTo(read.get("weights").textValue());
    }

    private static String tensorsOfSafetensors(Path folder) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("model.safetensors")))
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[Math.toIntExact(file.getLong())];
        file.get(header);
        int start = file.position();
        Map<String, String> digests = new TreeMap<>();
        JSON.readTree(header).properties().forEach(tensor -> {
            if (!tensor.getKey().equals("__metadata__")) {
                JsonNode offsets = tensor.getValue().get("data_offsets");
                digests.put(
                        tensor.getKey(),
                        sha256(Arrays.copyOfRange(
                                file.array(),
                                start + offsets.get(0).intValue(),
                                start + offsets.get(1).intValue())));
            }
        });
        return listed(digests);
    }

    private static String tensorsOfGguf(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        long start = GgufFile.open(file).tensors().values().stream()
                .mapToLong(GgufTensor::offset)
                .min()
                .orElseThrow();
        return sha256(Arrays.copyOfRange(all, Math.toIntExact(start), all.length));
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static String listed(Map<String, String> digests) {
        StringBuilder lines = new StringBuilder();
        digests.forEach(
                (name, digest) -> lines.append(name).append(' ').append(digest).append('\n'));
        return sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
