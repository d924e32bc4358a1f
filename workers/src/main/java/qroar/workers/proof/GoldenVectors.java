package qroar.workers.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.StorageFault;
import qroar.protocol.input.InputFile;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.checkpoint.Checkpoint;

/**
 * A small model and the losses that it must have, made in float64 ({@code docs/gpu-kit/golden.py}): a folder with a
 * checkpoint and {@code expected.json}. Closing removes what was unpacked.
 */
public final class GoldenVectors implements AutoCloseable {
    private static final List<String> FILES = List.of("config.json", "model.safetensors", "expected.json");
    private static final String EXPECTED = "expected.json";
    private static final long MAX_BYTES = 1 << 20;

    private final @Nullable Path unpacked;
    private final Checkpoint checkpoint;
    private final int[] tokens;
    private final List<Case> cases;

    private GoldenVectors(Path folder, @Nullable Path unpacked) throws IOException {
        this.unpacked = unpacked;
        checkpoint = Checkpoint.open(folder);
        JsonNode expected = new ObjectMapper().readTree(InputFile.bytes(folder.resolve(EXPECTED), MAX_BYTES));
        tokens = new int[expected.path("tokens").size()];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = expected.path("tokens").get(i).intValue();
        }
        List<Case> read = new ArrayList<>();
        for (JsonNode each : expected.path("cases")) {
            double[] nll = new double[each.path("nll").size()];
            for (int i = 0; i < nll.length; i++) {
                nll[i] = each.path("nll").get(i).doubleValue();
            }
            read.add(new Case(
                    RopeScalingSpec.parse(each.path("rope").asText()),
                    QuantizationText.parse(each.path("quantize").asText()),
                    nll));
        }
        cases = List.copyOf(read);
    }

    /** One setting and its losses, in nats, of tokens 1, 2, ... Whoever reads them leaves them as they are. */
    record Case(RopeScaling rope, QuantizationSpec quantization, double[] nll) {}

    /** Those that come with the product, unpacked into a temporary folder. */
    public static GoldenVectors bundled() {
        try {
            Path folder = Files.createTempDirectory("qroar-proof");
            try {
                unpack(folder);
                return new GoldenVectors(folder, folder);
            } catch (IOException | RuntimeException e) {
                remove(folder);
                throw e;
            }
        } catch (IOException e) {
            throw new StorageFault("golden vectors cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /** Copies the bundled ones. */
    static void unpack(Path folder) throws IOException {
        for (String name : FILES) {
            try (InputStream file = GoldenVectors.class.getResourceAsStream(name)) {
                if (file == null) {
                    throw new IllegalStateException("resource " + name + " is missing");
                }
                Files.copy(file, folder.resolve(name));
            }
        }
    }

    /** @throws BadInput when the folder holds none */
    public static GoldenVectors read(Path folder) {
        GoldenVectors read;
        try {
            read = new GoldenVectors(folder, null);
        } catch (IOException e) {
            throw new BadInput(folder.resolve(EXPECTED) + ": cannot be read: " + e.getMessage(), e);
        }
        boolean whole = read.tokens.length > 1
                && !read.cases.isEmpty()
                && read.cases.stream().allMatch(each -> each.nll().length == read.tokens.length - 1);
        if (!whole) {
            throw new BadInput(folder.resolve(EXPECTED)
                    + ": needs \"tokens\" and \"cases\", each with \"rope\", \"quantize\" and one \"nll\" per token but the"
                    + " first");
        }
        return read;
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    int[] tokens() {
        return tokens;
    }

    List<Case> cases() {
        return cases;
    }

    private static void remove(Path folder) {
        try {
            for (String name : FILES) {
                Files.deleteIfExists(folder.resolve(name));
            }
            Files.deleteIfExists(folder);
        } catch (IOException ignored) {
            // Half a megabyte in the folder for temporary files.
        }
    }

    @Override
    public void close() {
        if (unpacked != null) {
            remove(unpacked);
        }
    }
}
