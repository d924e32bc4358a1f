package qroar.experiments.definition.yaml;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A YAML document as written: text of scalars unresolved, every node with its place. */
public sealed interface YamlNode {
    Place place();

    /**
     * Where a node was read.
     *
     * @param line one-based; 0 on the command line
     * @param column one-based, in code points
     * @param word of the command line; null in a file
     */
    record Place(int line, int column, @Nullable String word) {
        static Place onCommandLine(String word) {
            return new Place(0, 0, word);
        }

        boolean isOnCommandLine() {
            return word != null;
        }
    }

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
