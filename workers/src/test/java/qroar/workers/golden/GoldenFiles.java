package qroar.workers.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import qroar.protocol.rope.NtkScaling;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.checkpoint.Checkpoint;

/** The golden vectors in the test resources; where they come from is told in golden/README.md. */
public final class GoldenFiles {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ROOT = Path.of("src/test/resources/golden");

    private GoldenFiles() {}

    public static Path path(String relative) {
        return ROOT.resolve(relative);
    }

    /** Files of a folder with that ending, sorted. */
    public static List<Path> list(String folder, String ending) {
        try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
            return files.filter(f -> f.getFileName().toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode json(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static int[] tokens(String relative) {
        JsonNode tokens = json(path(relative)).get("tokens");
        int[] ids = new int[tokens.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = tokens.get(i).intValue();
        }
        return ids;
    }

    public static double[] doubles(JsonNode array) {
        double[] values = new double[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).doubleValue();
        }
        return values;
    }

    /** A golden checkpoint with {@code overrides} put over the keys of its config.json, in a folder of its own. */
    public static Checkpoint checkpoint(String name, JsonNode overrides, Path scratch) {
        Path source = path("checkpoints/" + name);
        try {
            Path folder = Files.createTempDirectory(scratch, name);
            try (Stream<Path> files = Files.list(source)) {
                for (Path file : files.toList()) {
                    if (!file.getFileName().toString().equals("config.json")) {
                        Files.copy(file, folder.resolve(file.getFileName()));
                    }
                }
            }
            ObjectNode config = (ObjectNode) json(source.resolve("config.json"));
            config.setAll((ObjectNode) overrides);
            Files.writeString(folder.resolve("config.json"), config.toString());
            return Checkpoint.open(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Checkpoint checkpoint(String name) {
        return Checkpoint.open(path("checkpoints/" + name));
    }

    /** The scaling a golden file was made with: the config's, or static NTK where it names an alpha. */
    public static RopeScaling rope(Checkpoint checkpoint, JsonNode golden) {
        JsonNode alpha = golden.get("ntk_alpha");
        return alpha == null || alpha.isNull()
                ? checkpoint.config().ropeScaling()
                : new NtkScaling(alpha.doubleValue());
    }
}
