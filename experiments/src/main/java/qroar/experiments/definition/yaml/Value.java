package qroar.experiments.definition.yaml;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.spec.Suggestion;

/**
 * The value of one key, with its path for complaints. Every accessor returns what was asked for or throws
 * {@link BadInput} naming file, line, column, key, value and limit.
 */
public record Value(Source source, String key, YamlNode node) {
    /** Entries of a list at most. */
    public static final int MAX_ITEMS = 10_000;

    private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]*)");
    private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0[0-9_]+(\\.[0-9]*)?");
    private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]{1,3})?");
    private static final Set<String> TRUTHS = Set.of("yes", "no", "on", "off", "true", "false", "y", "n");
    private static final Set<String> NOTHINGS = Set.of("", "~", "null", "Null", "NULL");

    public BadInput bad(String problem) {
        return source.bad(node.place(), "key " + Source.quoted(key) + " " + problem);
    }

    public boolean isScalar() {
        return node instanceof YamlNode.Scalar;
    }

    public boolean isMapping() {
        return node instanceof YamlNode.Mapping;
    }

    /** The keys below this one. */
    public Section section(List<String> known) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            throw bad("must hold the keys " + String.join(", ", known) + ", not " + described());
        }
        return new Section(source, key, mapping, known);
    }

    /** The items of a list; a single value counts as a list of one. */
    public List<Value> items() {
        if (!(node instanceof YamlNode.Sequence sequence)) {
            return List.of(this);
        }
        if (sequence.items().isEmpty()) {
            throw bad("is an empty list; give at least one value");
        }
        if (sequence.items().size() > MAX_ITEMS) {
            throw bad("has " + sequence.items().size() + " entries; at most " + MAX_ITEMS + " are allowed");
        }
        List<Value> items = new ArrayList<>();
        for (int i = 0; i < sequence.items().size(); i++) {
            items.add(new Value(source, key + "[" + i + "]", sequence.items().get(i)));
        }
        return items;
    }

    /** The items of a list that may be empty, which says what leaving the key out says; none where the key is not there. */
    public static List<Value> itemsOrNone(@Nullable Value value) {
        if (value == null
                || value.node instanceof YamlNode.Sequence sequence
                        && sequence.items().isEmpty()) {
            return List.of();
        }
        return value.items();
    }

    /**
     * The items of a list of specs. In a flow list YAML cuts {@code [rtn:bits=2,group=32]} at the comma; no spec starts
     * with {@code option=}, so such an item is the rest of the one before it.
     */
    public List<Value> specs() {
        List<Value> joined = new ArrayList<>();
        for (Value item : items()) {
            if (!joined.isEmpty()
                    && item.node instanceof YamlNode.Scalar rest
                    && rest.plain()
                    && rest.text().matches("[a-z][a-z-]*=.*")
                    && joined.get(joined.size() - 1).node instanceof YamlNode.Scalar first
                    && first.plain()) {
                Value before = joined.remove(joined.size() - 1);
                item = new Value(
                        source, before.key, new YamlNode.Scalar(first.text() + "," + rest.text(), true, first.place()));
            }
            joined.add(item);
        }
        return joined;
    }

    /** All items under one conversion, refusing an item that says the same as an earlier one. */
    public static <T> List<T> distinct(List<Value> values, Function<Value, T> conversion) {
        List<T> converted = new ArrayList<>();
        for (Value value : values) {
            T item = conversion.apply(value);
            int before = converted.indexOf(item);
            if (before >= 0) {
                throw value.bad("says the same as " + Source.quoted(values.get(before).key) + "; give it once");
            }
            converted.add(item);
        }
        return List.copyOf(converted);
    }

    public int wholeNumber(int least, int most) {
        String text = scalar("a whole number").text();
        if (LEADING_ZERO.matcher(text).matches()) {
            throw bad("is " + Source.quoted(text)
                    + ", which YAML readers take for different numbers; write it without leading zero");
        }
        String limit = "a whole number in [" + least + ", " + most + "]";
        if (!WHOLE.matcher(text).matches() || !unquoted()) {
            throw bad("must be " + limit + ", not " + described());
        }
        // Eighteen digits fit a long; whatever is longer is beyond every limit.
        long number = text.length() > 18 ? Long.MAX_VALUE : Long.parseLong(text);
        if (number < least || number > most) {
            throw bad("is " + Source.quoted(text) + "; it must be " + limit);
        }
        return (int) number;
    }

    public double number(Range range) {
        String text = scalar("a number").text();
        if (LEADING_ZERO.matcher(text).matches()) {
            throw bad("is " + Source.quoted(text)
                    + ", which YAML readers take for different numbers; write it without leading zero");
        }
        if (!DECIMAL.matcher(text).matches() || !unquoted()) {
            throw bad("must be a number " + range + ", not " + described());
        }
        double number = Double.parseDouble(text);
        if (!range.contains(number)) {
            throw bad("is " + Source.quoted(text) + "; it must be a number " + range);
        }
        return number;
    }

    /** Text that no YAML reader takes for anything else. */
    public String text() {
        YamlNode.Scalar scalar = scalar("text");
        String text = scalar.text();
        if (scalar.plain()) {
            if (TRUTHS.contains(text.toLowerCase(java.util.Locale.ROOT))) {
                throw bad("is " + Source.quoted(text)
                        + ", which some YAML readers take for true or false; put it in quotes if you mean the word");
            }
            if (DECIMAL.matcher(text).matches() || LEADING_ZERO.matcher(text).matches()) {
                throw bad("must be text, not the number " + text + "; put it in quotes if you mean the text");
            }
        }
        if (text.isBlank()) {
            throw bad("is blank");
        }
        return text;
    }

    /** Bare {@code true} or {@code false}; what some readers take for these ({@code yes}, {@code on}) is refused. */
    public boolean truth() {
        String text = scalar("true or false").text();
        if (!unquoted() || !(text.equals("true") || text.equals("false"))) {
            throw bad("must be true or false, not " + described());
        }
        return text.equals("true");
    }

    /** One of the given words. */
    public String choice(List<String> words) {
        String text = text();
        if (!words.contains(text)) {
            throw bad("is " + Source.quoted(text) + suggestion(text, words) + "; it must be one of "
                    + String.join(", ", words));
        }
        return text;
    }

    static String suggestion(String word, List<String> known) {
        String nearest = Suggestion.nearest(word, known);
        return nearest == null ? "" : " (did you mean '" + nearest + "'?)";
    }

    private boolean unquoted() {
        return node instanceof YamlNode.Scalar scalar && scalar.plain();
    }

    private YamlNode.Scalar scalar(String wanted) {
        if (!(node instanceof YamlNode.Scalar scalar)) {
            throw bad("must be " + wanted + ", not " + described());
        }
        if (scalar.plain() && NOTHINGS.contains(scalar.text())) {
            throw bad("has no value; give " + wanted + " or leave the key out");
        }
        return scalar;
    }

    private String described() {
        if (node instanceof YamlNode.Mapping) {
            return "a group of keys";
        }
        if (node instanceof YamlNode.Sequence) {
            return "a list";
        }
        YamlNode.Scalar scalar = (YamlNode.Scalar) node;
        if (scalar.plain() && NOTHINGS.contains(scalar.text())) {
            return "nothing";
        }
        return (scalar.plain() ? "" : "the quoted text ") + Source.quoted(scalar.text());
    }

    /** An interval of doubles whose text states the limit. */
    public record Range(double least, boolean leastIncluded, double most, boolean mostIncluded) {
        public static Range closed(double least, double most) {
            return new Range(least, true, most, true);
        }

        public static Range above(double least, double most) {
            return new Range(least, false, most, true);
        }

        boolean contains(double number) {
            return (leastIncluded ? number >= least : number > least)
                    && (mostIncluded ? number <= most : number < most);
        }

        @Override
        public String toString() {
            return "in " + (leastIncluded ? "[" : "(") + least + ", " + most + (mostIncluded ? "]" : ")");
        }
    }
}
