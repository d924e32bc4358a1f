package qroar.experiments.definition.yaml;

import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.yaml.YamlNode.Place;
import qroar.protocol.BadInput;

/**
 * What complaints are about.
 *
 * @param name of a file
 * @param word of the command line that is read in a file's stead; null for a file
 */
public record Source(String name, @Nullable String word) {
    static final Source COMMAND_LINE = new Source("command line", null);

    public Source(String name) {
        this(name, null);
    }

    Place place(int line, int column) {
        return word == null ? new Place(line, column, null) : Place.onCommandLine(word);
    }

    /** A complaint about a file's key that the command line gives names that. */
    public BadInput bad(Place place, String problem) {
        if (place.word() != null) {
            return new BadInput(oneLine(COMMAND_LINE.name + ": " + quoted(place.word()) + ": " + problem));
        }
        return new BadInput(name + ":" + place.line() + ":" + place.column() + ": " + oneLine(problem));
    }

    public BadInput bad(String problem) {
        return new BadInput(name + ": " + oneLine(problem));
    }

    public BadInput bad(String problem, Exception cause) {
        return new BadInput(name + ": " + oneLine(problem), cause);
    }

    /** Messages quote the file, and a file can hold anything: no line breaks or control characters get out. */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints()
                .forEach(c -> line.appendCodePoint(Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c));
        return line.toString();
    }

    /** A value for a message: in quotes, shortened where it is long. */
    public static String quoted(String text) {
        int[] points = text.codePoints().limit(81).toArray();
        return points.length <= 80 ? "'" + text + "'" : "'" + new String(points, 0, 77) + "...'";
    }
}
