package qroar.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** Vectors from reference implementations; a missing or empty file is a failure, never nothing to compare. */
public final class GoldenFile {
    private final String name;
    private final JsonNode root;

    private GoldenFile(String name, JsonNode root) {
        this.name = name;
        this.root = root;
    }

    /** @param name below {@code golden/}, such as {@code rope/inv_freq.json} */
    public static GoldenFile open(String name) {
        try (InputStream in = GoldenFile.class.getResourceAsStream("/golden/" + name)) {
            if (in == null) {
                throw new AssertionError("golden file " + name + " is missing");
            }
            return new GoldenFile(name, new ObjectMapper().readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The array under a key, at least one element long; says on the console how many are compared. */
    public List<JsonNode> cases(String key) {
        List<JsonNode> cases = new ArrayList<>();
        root.path(key).forEach(cases::add);
        if (cases.isEmpty()) {
            throw new AssertionError("golden file " + name + " has nothing under " + key);
        }
        System.out.println("golden " + name.replace(".json", "") + ": " + cases.size() + " cases");
        return cases;
    }

    public JsonNode get(String key) {
        if (!root.has(key)) {
            throw new AssertionError("golden file " + name + " has no " + key);
        }
        return root.get(key);
    }

    public static double[] numbers(JsonNode array) {
        if (!array.isArray() || array.isEmpty()) {
            throw new AssertionError("no numbers in " + array);
        }
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::doubleValue)
                .toArray();
    }
}
