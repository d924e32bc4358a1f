package qroar.experiments.definition.yaml;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.yaml.YamlNode.Entry;
import qroar.experiments.definition.yaml.YamlNode.Place;

/**
 * A word {@code KEY=VALUE} of the command line, which stands for what a file says of the key. Its value is YAML where it
 * begins with a bracket, a brace or a quote; else it is a scalar as it stands, which no shell needs quotes for.
 *
 * @param path the key and those it lies in, outermost first
 * @param place of everything in it
 */
public record Assignment(List<String> path, YamlNode value, Place place) {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
    /** A comma within a spec has an option behind it. */
    private static final Pattern BETWEEN_SPECS = Pattern.compile(",(?![a-z][a-z-]*=)");

    private static final Pattern COMMA = Pattern.compile(",");

    public Assignment {
        path = List.copyOf(path);
    }

    /**
     * How commas are read outside of brackets. In other keys they are part of the value.
     *
     * @param lists keys whose values hold no comma themselves
     * @param specs keys with specs
     */
    public record Commas(Set<String> lists, Set<String> specs) {
        public Commas {
            lists = Set.copyOf(lists);
            specs = Set.copyOf(specs);
        }
    }

    /** @throws qroar.protocol.BadInput naming the word that is none */
    public static List<Assignment> all(List<String> words, Commas commas) {
        List<Assignment> all = new ArrayList<>();
        for (String word : words) {
            Assignment next = of(word, commas);
            for (Assignment before : all) {
                if (before.overlaps(next)) {
                    throw Source.COMMAND_LINE.bad(
                            next.place,
                            "key " + Source.quoted(next.key()) + " is given twice, first by "
                                    + Source.quoted(Objects.requireNonNull(before.place.word())));
                }
            }
            all.add(next);
        }
        return List.copyOf(all);
    }

    private static Assignment of(String word, Commas commas) {
        Place place = Place.onCommandLine(word);
        int equals = word.indexOf('=');
        String key = equals < 0 ? word : word.substring(0, equals);
        if (equals < 0 || !KEY.matcher(key).matches()) {
            throw Source.COMMAND_LINE.bad(
                    place,
                    "is no KEY=VALUE such as bands=8 or search.start=common; the experiment file comes first, and a list"
                            + " is given as a whole");
        }
        return new Assignment(
                List.of(key.split("\\.")), value(key, word.substring(equals + 1).strip(), place, commas), place);
    }

    private static YamlNode value(String key, String text, Place place, Commas commas) {
        if (!text.isEmpty() && "[{\"'".indexOf(text.charAt(0)) >= 0) {
            return flow(text, place);
        }
        Pattern cut = commas.lists().contains(key) ? COMMA : commas.specs().contains(key) ? BETWEEN_SPECS : null;
        String[] pieces = cut == null ? new String[] {text} : cut.split(text, -1);
        if (pieces.length == 1) {
            return new YamlNode.Scalar(text, true, place);
        }
        List<YamlNode> items = new ArrayList<>();
        for (String piece : pieces) {
            items.add(new YamlNode.Scalar(piece.strip(), true, place));
        }
        return new YamlNode.Sequence(items, place);
    }

    private static YamlNode flow(String text, Place place) {
        YamlNode.Mapping read = YamlTree.parse(
                new Source(Source.COMMAND_LINE.name(), place.word()),
                ("value: " + text).getBytes(StandardCharsets.UTF_8));
        Entry entry = read.entries().get("value");
        if (entry == null || read.entries().size() != 1) {
            throw Source.COMMAND_LINE.bad(place, "is more than one value");
        }
        return entry.value();
    }

    private String key() {
        return String.join(".", path);
    }

    /** Whether one lies in the other. */
    private boolean overlaps(Assignment other) {
        int common = Math.min(path.size(), other.path.size());
        return path.subList(0, common).equals(other.path.subList(0, common));
    }

    /** The tree with this in it. */
    public YamlNode.Mapping in(YamlNode.Mapping tree) {
        return put(tree, 0);
    }

    private YamlNode.Mapping put(YamlNode.Mapping tree, int depth) {
        Map<String, Entry> entries = new LinkedHashMap<>(tree.entries());
        String key = path.get(depth);
        entries.put(
                key,
                new Entry(place, depth + 1 == path.size() ? value : put(below(entries.get(key), depth), depth + 1)));
        return new YamlNode.Mapping(entries, tree.place());
    }

    /** The group that a key lies in; a new one where the file has none, or one word in its stead. */
    private YamlNode.Mapping below(@Nullable Entry entry, int depth) {
        if (entry != null && entry.value() instanceof YamlNode.Sequence) {
            throw Source.COMMAND_LINE.bad(
                    place,
                    "key " + Source.quoted(key()) + " lies in a list, which is given as a whole: "
                            + String.join(".", path.subList(0, depth + 1)) + "=[...]");
        }
        return entry != null && entry.value() instanceof YamlNode.Mapping mapping
                ? mapping
                : new YamlNode.Mapping(Map.of(), place);
    }
}
