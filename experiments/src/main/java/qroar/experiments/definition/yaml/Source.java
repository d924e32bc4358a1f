package qroar.experiments.definition.yaml;

import qroar.experiments.definition.yaml.YamlNode.Place;
import qroar.protocol.BadInput;

/** The file that complaints are about. */
public record Source(String name) {
    public BadInput bad(Place place, String problem) {
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
