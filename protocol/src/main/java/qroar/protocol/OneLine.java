package qroar.protocol;

/**
 * Words that may come out of a stranger's file, made fit to be printed: what a terminal would obey or not show (control
 * characters, marks that turn the direction of text, characters of no width, halves of a surrogate pair) is written as
 * {@code \u202e}, and what is too long is cut. Every message passes here: {@link BadInput} by itself, the rest where it
 * is printed.
 */
public final class OneLine {
    /** Of one value in a message. */
    private static final int VALUE_CHARS = 100;

    /** Of a whole message: two long paths and a list of words fit; what is longer nobody reads. */
    private static final int MESSAGE_CHARS = 600;

    private OneLine() {}

    /** A message: line ends become blanks; of one that is too long the beginning (file, key) and the end (limit) stay. */
    public static String of(String message) {
        String line = escaped(message, false);
        if (line.length() <= MESSAGE_CHARS) {
            return line;
        }
        int head = whole(line, MESSAGE_CHARS * 2 / 3);
        int tail = whole(line, line.length() - MESSAGE_CHARS / 4);
        return line.substring(0, head) + " ... " + line.substring(tail);
    }

    /** A value to quote in a message: its beginning. */
    public static String value(String text) {
        String line = escaped(text.length() > 2 * VALUE_CHARS ? text.substring(0, 2 * VALUE_CHARS) : text, false);
        return line.length() > VALUE_CHARS ? line.substring(0, whole(line, VALUE_CHARS)) + "..." : line;
    }

    /** Text of several lines, whatever its length: line ends and tabs stay. JSON text keeps its meaning. */
    public static String lines(String text) {
        return escaped(text, true);
    }

    /** The place, moved off the middle of a surrogate pair. */
    private static int whole(String line, int place) {
        return Character.isLowSurrogate(line.charAt(place)) ? place - 1 : place;
    }

    private static String escaped(String text, boolean keepLines) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == '\n' || c == '\t' || (c == '\r' && !keepLines)) {
                line.append(keepLines ? (char) c : ' ');
            } else if (isHidden(c)) {
                for (char unit : Character.toChars(c)) {
                    line.append("\\u").append(hex(unit));
                }
            } else {
                line.appendCodePoint(c);
            }
        });
        return line.toString();
    }

    private static String hex(char unit) {
        String digits = Integer.toHexString(unit);
        return "0000".substring(digits.length()) + digits;
    }

    /** Whether a terminal or a reader would not see the character as one of its own. */
    private static boolean isHidden(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> isIgnorable(c);
        };
    }

    /** Unicode's Default_Ignorable_Code_Point as far as the general category does not tell. */
    private static boolean isIgnorable(int c) {
        return c == 0x034F
                || c == 0x115F
                || c == 0x1160
                || c == 0x17B4
                || c == 0x17B5
                || (c >= 0x180B && c <= 0x180F)
                || c == 0x3164
                || (c >= 0xFE00 && c <= 0xFE0F)
                || c == 0xFFA0
                || (c >= 0xE0000 && c <= 0xE0FFF);
    }
}
