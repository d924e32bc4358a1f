package qroar.protocol.spec;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * A spec taken apart: its word and its options, read by name. Every error is a {@link BadInput} that starts with what
 * the spec describes and its whole text. Blanks around words, options and values are ignored.
 */
public final class SpecReader {
    /** Longest text that is read: a longrope spec has two numbers per RoPE pair. */
    private static final int MAX_CHARS = 65_536;

    private final String subject;
    private final String text;
    private final String word;
    private final Map<String, String> options;

    private SpecReader(String subject, String text, String word, Map<String, String> options) {
        this.subject = subject;
        this.text = text;
        this.word = word;
        this.options = options;
    }

    /**
     * @param subject what the spec describes, for messages: {@code rope}, {@code quantization}
     * @param knownOptions by known word, the options it takes
     */
    public static SpecReader read(String subject, String text, Map<String, List<String>> knownOptions) {
        if (text.length() > MAX_CHARS) {
            throw new BadInput(subject + ": a spec of " + text.length() + " characters; at most " + MAX_CHARS);
        }
        int colon = text.indexOf(':');
        String word = (colon < 0 ? text : text.substring(0, colon)).strip();
        SpecReader reader = new SpecReader(subject, text, word, new LinkedHashMap<>());
        List<String> known = knownOptions.get(word);
        if (known == null) {
            throw reader.refuse("'" + word + "' is unknown" + Suggestion.of(word, knownOptions.keySet()));
        }
        if (colon >= 0) {
            for (String option : text.substring(colon + 1).split(",", -1)) {
                reader.add(option, known);
            }
        }
        return reader;
    }

    private void add(String option, List<String> known) {
        int equals = option.indexOf('=');
        String name = (equals < 0 ? option : option.substring(0, equals)).strip();
        if (name.isEmpty()) {
            throw refuse("an option is empty; write option=value, separated by commas");
        }
        if (!known.contains(name)) {
            throw refuse("option '" + name + "' is unknown"
                    + (known.isEmpty() ? "; '" + word + "' takes none" : Suggestion.of(name, known)));
        }
        String value = equals < 0 ? "" : option.substring(equals + 1).strip();
        if (value.isEmpty()) {
            throw refuse("option '" + name + "' has no value; write " + name + "=value");
        }
        if (options.put(name, value) != null) {
            throw refuse("option '" + name + "' is given twice");
        }
    }

    public String word() {
        return word;
    }

    public boolean has(String name) {
        return options.containsKey(name);
    }

    /** A finite number; the caller's value checks its range. */
    public double number(String name) {
        return toNumber(name, required(name));
    }

    public double number(String name, double otherwise) {
        String value = options.get(name);
        return value == null ? otherwise : toNumber(name, value);
    }

    public @Nullable Double numberOrNull(String name) {
        String value = options.get(name);
        return value == null ? null : (Double) toNumber(name, value);
    }

    /** Numbers separated by semicolons. */
    public double[] numbers(String name) {
        String[] values = required(name).split(";", -1);
        double[] numbers = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            numbers[i] = toNumber(name, values[i].strip());
        }
        return numbers;
    }

    /** Whole numbers, one per band, joined by slashes. */
    public List<Integer> integersOfBands(String name) {
        return Arrays.stream(required(name).split("/", -1))
                .map(value -> toInteger(name, value.strip()))
                .toList();
    }

    /** Whether an option's value is that word. */
    public boolean isWord(String name, String word) {
        return required(name).strip().equals(word);
    }

    /** Numbers, one per band, joined by slashes. */
    public List<Double> numbersOfBands(String name) {
        return Arrays.stream(required(name).split("/", -1))
                .map(value -> toNumber(name, value.strip()))
                .toList();
    }

    public int integer(String name) {
        return toInteger(name, required(name));
    }

    public int integer(String name, int otherwise) {
        String value = options.get(name);
        return value == null ? otherwise : toInteger(name, value);
    }

    public @Nullable Integer integerOrNull(String name) {
        String value = options.get(name);
        return value == null ? null : (Integer) toInteger(name, value);
    }

    /** The index of the option's value among the words, or of {@code otherwise} where it is left out. */
    public String choice(String name, List<String> words, String otherwise) {
        String value = options.getOrDefault(name, otherwise);
        if (!words.contains(value)) {
            throw refuse(name + "=" + value + " must be " + String.join(" or ", words));
        }
        return value;
    }

    public boolean flag(String name, boolean otherwise) {
        return choice(name, List.of("true", "false"), Boolean.toString(otherwise))
                .equals("true");
    }

    /** An error about this spec. */
    public BadInput refuse(String problem) {
        String shown = text.length() <= 200 ? text : text.substring(0, 200) + "...";
        return new BadInput(
                subject + " '" + shown.replaceAll("\\p{Cntrl}", "?") + "': " + problem.replaceAll("\\p{Cntrl}", "?"));
    }

    private String required(String name) {
        String value = options.get(name);
        if (value == null) {
            throw refuse("option '" + name + "' is missing; write " + word + ":" + name + "=value");
        }
        return value;
    }

    private double toNumber(String name, String value) {
        // Double.parseDouble would also take NaN, Infinity, hexadecimal and a trailing d or f.
        if (!value.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d{1,4})?") || value.length() > 64) {
            throw refuse(name + "=" + value + " is not a number");
        }
        double number = Double.parseDouble(value);
        if (Double.isInfinite(number)) {
            throw refuse(name + "=" + value + " is too large for a number");
        }
        return number;
    }

    private int toInteger(String name, String value) {
        if (!value.matches("[-+]?\\d{1,18}")) {
            throw refuse(name + "=" + value + " is not a whole number");
        }
        long number = Long.parseLong(value);
        if (number != (int) number) {
            throw refuse(name + "=" + value + " is beyond " + (number < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE));
        }
        return (int) number;
    }
}
