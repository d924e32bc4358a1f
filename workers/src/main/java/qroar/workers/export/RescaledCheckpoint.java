package qroar.workers.export;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerPairScales;
import qroar.protocol.band.PairScales;
import qroar.protocol.input.InputFile;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.config.RopeConfigWriter;
import qroar.workers.config.TensorNames;
import qroar.workers.tensors.RowFactors;
import qroar.workers.tensors.WeightSource;

/**
 * A checkpoint with its rows of W_Q and W_K multiplied by their bands' scales, in the format that it has: W_Q^(b) &lt;- s_b
 * W_Q^(b), biases with their rows, or in their stead the norms of q and k where an architecture has those. In every
 * format with scales per row and group these take the factor, so packed integers stay as they are, and every byte that is
 * no scale of q or k is the original's. Files without one are linked where the file system can, else copied.
 *
 * <p>A factor makes a stored scale round once more in its own type: by at most 2^-11 of itself in float16, 2^-8 in bfloat16.
 */
public final class RescaledCheckpoint {
    private static final long MAX_CONFIG_BYTES = 100L << 20;

    /** Weights in further formats beside the safetensors, and what was said of the old ones, would not be true any more. */
    private static final Pattern OF_THE_OLD_WEIGHTS = Pattern.compile(
            ".*\\.(gguf|bin|pt|pth|h5|msgpack|onnx|ot)(\\.index\\.json)?" + "|SERVING\\.md|qroar-export\\.json");

    private static final int MAX_MAPPED_BYTES = 1 << 30;
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

    private final Checkpoint checkpoint;
    private final Map<Path, List<Change>> changes = new LinkedHashMap<>();
    private long changedNumbers;
    private double largestRounding;

    private RescaledCheckpoint(Checkpoint checkpoint, LayerPairScales scales) {
        this.checkpoint = checkpoint;
        for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
            PairScales own = scales.layer(layer);
            add(layer, Projection.QUERY, TensorNames.queryNorm(layer), own.query());
            add(layer, Projection.KEY, TensorNames.keyNorm(layer), own.key());
        }
    }

    /** Factors of rows: row r of a head belongs to pair r mod d/2. */
    private record Change(RowFactors factors, double[] pairScales) {
        double of(long number) {
            return pairScales[factors.rowOf().applyAsInt(number) % pairScales.length];
        }
    }

    /**
     * What was done.
     *
     * @param numbers stored numbers that were multiplied
     * @param largestRounding largest difference between a number as it is stored now and the exact product, as a share of
     *     the product, or of the type's smallest normal number where it is below that
     * @param commands command lines that serve it, one for each engine
     */
    public record Report(long numbers, double largestRounding, List<String> commands) {
        public Report {
            commands = List.copyOf(commands);
        }
    }

    /**
     * Writes the rescaled checkpoint, and {@link EngineCommands#FILE} beside it.
     *
     * @param rope put into config.json in words that every engine reads alike, an attention factor of its own into the rows of
     *     q and k; null leaves it as it is. A GGUF file's metadata always stay: its reader has to be told those words
     * @param folder must not exist, or be empty
     * @throws BadInput when the folder cannot be used, or a stored scale cannot hold its row's factor
     */
    public static Report write(Checkpoint checkpoint, BandScales scales, @Nullable RopeScaling rope, Path folder) {
        LayerPairScales each = LayerPairScales.of(scales);
        RopeGeometry geometry = checkpoint.config().geometry();
        RopeScaling portable = rope == null ? null : rope.portable(geometry);
        LayerPairScales factors = rope == null ? each : each.times(rope.attentionBeside(geometry));
        RescaledCheckpoint rescaled = new RescaledCheckpoint(checkpoint, factors);
        EngineCommands commands = EngineCommands.ofRescaled(checkpoint, folder, rope);
        NewFolder.fill(folder, "the rescaled model", unfinished -> {
            rescaled.fill(unfinished, portable);
            FolderFiles.write(unfinished.resolve(EngineCommands.FILE), commands.file());
        });
        return new Report(rescaled.changedNumbers, rescaled.largestRounding, commands.lines());
    }

    private void add(int layer, Projection projection, String norm, double[] pairScales) {
        if (Arrays.stream(pairScales).allMatch(scale -> scale == 1)) {
            return;
        }
        if (checkpoint.config().normalisesQueryAndKey()) {
            add(checkpoint.tensor(norm), pairScales);
            return;
        }
        add(checkpoint.tensor(projection.weight(layer)), pairScales);
        WeightSource bias = checkpoint.find(projection.bias(layer));
        if (bias != null) {
            add(bias, pairScales);
        }
    }

    private void add(WeightSource tensor, double[] pairScales) {
        for (RowFactors factors : tensor.rowFactors()) {
            changes.computeIfAbsent(factors.file(), file -> new ArrayList<>()).add(new Change(factors, pairScales));
        }
    }

    private void fill(Path folder, @Nullable RopeScaling rope) throws IOException {
        for (Path file : sources()) {
            Path copy = folder.resolve(file.getFileName().toString());
            List<Change> inFile = changes.get(file);
            if (inFile != null) {
                Files.copy(file.toRealPath(), copy);
                change(copy, inFile);
            } else if (rope != null && file.getFileName().toString().equals("config.json")) {
                ObjectNode config = (ObjectNode) JSON.readTree(InputFile.bytes(file, MAX_CONFIG_BYTES));
                RopeConfigWriter.write(config, rope, checkpoint.config().geometry());
                FolderFiles.write(copy, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config));
            } else {
                link(file.toRealPath(), copy);
            }
        }
    }

    /** The GGUF file alone, or what a folder holds. */
    private List<Path> sources() throws IOException {
        if (checkpoint.isGguf()) {
            return checkpoint.files();
        }
        try (Stream<Path> files = Files.list(checkpoint.directory())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !OF_THE_OLD_WEIGHTS
                            .matcher(file.getFileName().toString())
                            .matches())
                    .sorted()
                    .toList();
        }
    }

    private static void link(Path file, Path copy) throws IOException {
        try {
            Files.createLink(copy, file);
        } catch (UnsupportedOperationException | FileSystemException cannotLink) {
            Files.copy(file, copy);
        }
    }

    private void change(Path copy, List<Change> inFile) throws IOException {
        try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (Change change : inFile) {
                change(channel, change);
            }
            channel.force(true);
        }
    }

    private void change(FileChannel channel, Change change) throws IOException {
        RowFactors factors = change.factors();
        int perMap = MAX_MAPPED_BYTES / factors.strideBytes();
        for (long first = 0; first < factors.count(); first += perMap) {
            int count = (int) Math.min(perMap, factors.count() - first);
            long from = factors.offset() + first * factors.strideBytes();
            int bytes = (count - 1) * factors.strideBytes() + factors.dtype().bytes();
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, from, bytes);
            ByteBuffer numbers = mapped.order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < count; i++) {
                multiply(numbers, i * factors.strideBytes(), change, first + i);
            }
            mapped.force();
        }
        changedNumbers += factors.count();
    }

    private void multiply(ByteBuffer numbers, int at, Change change, long number) {
        RowFactors factors = change.factors();
        float before = factors.dtype().get(numbers.position(at));
        double exact = before * change.of(number);
        factors.dtype().put(numbers.position(at), (float) exact);
        float after = factors.dtype().get(numbers.position(at));
        if (Double.isFinite(exact)) {
            if (Float.isInfinite(after)) {
                throw new BadInput(factors.file() + ": tensor '" + factors.tensor() + "': " + factors.dtype()
                        + " cannot hold " + before + " times " + change.of(number));
            }
            double size = Math.max(Math.abs(exact), factors.dtype().smallestNormal());
            largestRounding = Math.max(largestRounding, Math.abs(after - exact) / size);
        }
    }
}
