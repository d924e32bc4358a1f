package qroar.orchestrator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/** Changes to the structure of a JSON document: other types and values, keys renamed, doubled, left out, reordered. */
final class JsonMutator {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "false",
            "0",
            "1",
            "-1",
            "2",
            "3",
            "0.5",
            "-0.0",
            "1e-320",
            "1e309",
            "-1e999999999",
            "NaN",
            "Infinity",
            "00",
            "2147483647",
            "2147483648",
            "-2147483648",
            "9223372036854775807",
            "1" + "0".repeat(400),
            "\"\"",
            "\" \"",
            "\"1\"",
            "\"none\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "\"\\u001b[31m\\r\\n\"",
            "\"\\u202e\\u2066\"",
            "\"" + "x".repeat(5000) + "\"",
            "\"../../../etc/passwd\"",
            "\"${HOME}\"",
            "[]",
            "{}",
            "[null]",
            "[[1]]",
            "{\"a\":{}}",
            "[" + "1,".repeat(5000) + "1]",
            "[".repeat(900) + "]".repeat(900),
            "[".repeat(100_000),
            "{\"a\":".repeat(900) + "1" + "}".repeat(900),
            "{\"type\":\"yarn\"}",
            "[0,0]",
            "[1,2]");

    private static final List<String> NAMES = List.of(
            "",
            " ",
            "type",
            "__proto__",
            "a\u0000b",
            "\u202ekey",
            "\u001b[2J",
            "\ud800",
            "k".repeat(3000),
            "text",
            "model");

    private JsonMutator() {}

    static Mutant of(byte[] seed, SplittableRandom random) {
        JsonNode root = tree(seed);
        if (random.nextInt(12) == 0) {
            return reordered(root, random);
        }
        StringBuilder what = new StringBuilder();
        int rounds = random.nextInt(4) == 0 ? 2 : 1;
        for (int i = 0; i < rounds; i++) {
            change(root, random, what);
        }
        String text = text(root);
        if (random.nextInt(10) == 0) {
            text = doubledKey(text, random, what);
        }
        return new Mutant(what.toString(), text.getBytes(UTF_8), false);
    }

    /** The same values: keys in another order, other blanks. */
    static Mutant reordered(JsonNode root, SplittableRandom random) {
        shuffle(root, new Random(random.nextLong()));
        String text = random.nextBoolean() ? root.toString() : root.toPrettyString();
        return new Mutant(
                " keys reordered", (random.nextBoolean() ? text : " \n" + text + "\t\r\n ").getBytes(UTF_8), true);
    }

    static JsonNode tree(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(JsonNode root) {
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void shuffle(JsonNode node, Random random) {
        if (node instanceof ObjectNode object) {
            List<Map.Entry<String, JsonNode>> entries = new ArrayList<>(object.properties());
            Collections.shuffle(entries, random);
            object.removeAll();
            entries.forEach(entry -> object.set(entry.getKey(), entry.getValue()));
        }
        node.forEach(child -> shuffle(child, random));
    }

    /** One place of the tree, chosen among all. */
    private static void change(JsonNode root, SplittableRandom random, StringBuilder what) {
        List<ContainerNode<?>> containers = new ArrayList<>();
        collect(root, containers);
        ContainerNode<?> chosen = containers.get(random.nextInt(containers.size()));
        if (chosen.isEmpty()) {
            return;
        }
        int at = random.nextInt(chosen.size());
        int value = random.nextInt(VALUES.size());
        JsonNode instead = new POJONode(new RawValue(VALUES.get(value)));
        if (chosen instanceof ArrayNode array) {
            array(array, at, instead, random, what.append(" value ").append(value));
        } else if (chosen instanceof ObjectNode object) {
            String key = new ArrayList<>(object.properties()).get(at).getKey();
            object(
                    object,
                    key,
                    instead,
                    random,
                    what.append(" key ").append(key).append(" value ").append(value));
        }
    }

    private static void array(ArrayNode array, int at, JsonNode instead, SplittableRandom random, StringBuilder what) {
        switch (random.nextInt(5)) {
            case 0 -> {
                what.append(" out of a list");
                array.remove(at);
            }
            case 1 -> {
                what.append(" many times");
                JsonNode entry = array.get(at);
                for (int i = 0; i < 1000; i++) {
                    array.add(entry);
                }
            }
            default -> {
                what.append(" in a list");
                array.set(at, instead);
            }
        }
    }

    private static void object(
            ObjectNode object, String key, JsonNode instead, SplittableRandom random, StringBuilder what) {
        switch (random.nextInt(7)) {
            case 0 -> {
                what.append(" left out");
                object.remove(key);
            }
            case 1 -> {
                int name = random.nextInt(NAMES.size() + 2);
                String other = name < NAMES.size()
                        ? NAMES.get(name)
                        : name == NAMES.size() ? key.toUpperCase(java.util.Locale.ROOT) : key + "s";
                what.append(" renamed ").append(name);
                object.set(other, object.remove(key));
            }
            case 2 -> {
                what.append(" swapped");
                List<Map.Entry<String, JsonNode>> entries = new ArrayList<>(object.properties());
                Map.Entry<String, JsonNode> other = entries.get(random.nextInt(entries.size()));
                JsonNode mine = object.get(key);
                object.set(key, other.getValue());
                object.set(other.getKey(), mine);
            }
            default -> object.set(key, instead);
        }
    }

    private static void collect(JsonNode node, List<ContainerNode<?>> containers) {
        if (node instanceof ContainerNode<?> container) {
            containers.add(container);
            container.forEach(child -> collect(child, containers));
        }
    }

    /** One object gets a key a second time, which no tree can hold. */
    private static String doubledKey(String text, SplittableRandom random, StringBuilder what) {
        int at = text.indexOf("{\"", random.nextInt(text.length()));
        int end = at < 0 ? -1 : text.indexOf('"', at + 2);
        if (end < 0) {
            return text;
        }
        what.append(" doubled at ").append(at);
        return text.substring(0, at + 1) + text.substring(at + 1, end + 1) + ":1," + text.substring(at + 1);
    }
}
