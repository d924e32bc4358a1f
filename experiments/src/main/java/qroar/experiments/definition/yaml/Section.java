package qroar.experiments.definition.yaml;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/** A group of keys. Unknown ones are refused when the section is made. */
public final class Section {
    private final Source source;
    private final String path;
    private final YamlNode.Mapping mapping;
    private final List<String> known;

    /** @param path of the section itself; empty at the top of the file */
    public Section(Source source, String path, YamlNode.Mapping mapping, List<String> known) {
        this.source = source;
        this.path = path;
        this.mapping = mapping;
        this.known = known;
        for (Map.Entry<String, YamlNode.Entry> entry : mapping.entries().entrySet()) {
            if (!known.contains(entry.getKey())) {
                throw source.bad(
                        entry.getValue().place(),
                        unknown(entry.getKey(), entry.getValue().place().isOnCommandLine()));
            }
        }
    }

    private String unknown(String key, boolean onCommandLine) {
        if (key.matches("[a-z][a-z-]*=.*")) {
            return "key " + Source.quoted(pathOf(key)) + " is the rest of a spec that YAML cut at a comma; put the spec"
                    + " in quotes";
        }
        return "key " + Source.quoted(pathOf(key)) + " is unknown"
                + Value.suggestion(key, onCommandLine ? known : notGiven()) + "; known here: "
                + String.join(", ", known);
    }

    /** Of two near words, the one that is not there yet was meant; on the command line also one that the file has. */
    private List<String> notGiven() {
        return known.stream().filter(key -> !has(key)).toList();
    }

    private String pathOf(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    public boolean has(String key) {
        return mapping.entries().containsKey(key);
    }

    public @Nullable Value optional(String key) {
        if (!known.contains(key)) {
            throw new IllegalStateException("key " + pathOf(key) + " is not part of the schema");
        }
        YamlNode.Entry entry = mapping.entries().get(key);
        return entry == null ? null : new Value(source, pathOf(key), entry.value());
    }

    public Value required(String key) {
        Value value = optional(key);
        if (value == null) {
            throw source.bad(mapping.place(), "key " + Source.quoted(pathOf(key)) + " is missing");
        }
        return value;
    }

    public int wholeNumber(String key, int least, int most, int otherwise) {
        Value value = optional(key);
        return value == null ? otherwise : value.wholeNumber(least, most);
    }

    public double number(String key, Value.Range range, double otherwise) {
        Value value = optional(key);
        return value == null ? otherwise : value.number(range);
    }

    public boolean truth(String key, boolean otherwise) {
        Value value = optional(key);
        return value == null ? otherwise : value.truth();
    }

    public String choice(String key, List<String> words, String otherwise) {
        Value value = optional(key);
        return value == null ? otherwise : value.choice(words);
    }

    /** A section that may be left out, with all of its keys at their defaults. */
    public Section section(String key, List<String> keysBelow) {
        Value value = optional(key);
        return value == null
                ? new Section(source, pathOf(key), new YamlNode.Mapping(Map.of(), mapping.place()), keysBelow)
                : value.section(keysBelow);
    }

    /** A complaint about a key, at its value where it is given. */
    public BadInput bad(String key, String problem) {
        Value value = optional(key);
        return value == null
                ? source.bad(mapping.place(), "key " + Source.quoted(pathOf(key)) + " " + problem)
                : value.bad(problem);
    }
}
