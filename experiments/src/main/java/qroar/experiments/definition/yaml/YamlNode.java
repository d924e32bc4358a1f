package qroar.experiments.definition.yaml;

import java.util.List;
import java.util.Map;

/** A YAML document as written: text of scalars unresolved, every node with its place. */
public sealed interface YamlNode {
    Place place();

    /** One-based line and column in code points. */
    record Place(int line, int column) {}

    /**
     * @param text as written, quotes and escapes undone
     * @param plain whether it stood without quotes, so that a reader might take it for a number or a truth value
     */
    record Scalar(String text, boolean plain, Place place) implements YamlNode {}

    record Sequence(List<YamlNode> items, Place place) implements YamlNode {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /** @param entries in the order of the file; not modified after construction */
    record Mapping(Map<String, Entry> entries, Place place) implements YamlNode {}

    /** A key's own place, and what it maps to. */
    record Entry(Place place, YamlNode value) {}
}
