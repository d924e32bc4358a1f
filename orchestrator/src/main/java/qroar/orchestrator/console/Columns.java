package qroar.orchestrator.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import qroar.protocol.OneLine;

/** Rows of text in columns. */
public final class Columns {
    private static final int BETWEEN = 2;
    /** A name with less says nothing. */
    private static final int LEAST_FIRST = 12;

    private Columns() {}

    /** Lines padded to the widest cell of each column, the first column to the left and the others to the right. */
    public static List<String> of(List<List<String>> rows) {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        List<List<String>> cells =
                rows.stream().map(row -> row.stream().map(OneLine::of).toList()).toList();
        for (List<String> row : cells) {
            for (int c = 0; c < row.size(); c++) {
                widths[c] = Math.max(widths[c], row.get(c).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : cells) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < row.size(); c++) {
                int width = Math.max(1, widths[c]);
                line.append(String.format(Locale.ROOT, c == 0 ? "%-" + width + "s" : "  %" + width + "s", row.get(c)));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    /** How a text is made to have at most so many characters. */
    @FunctionalInterface
    public interface Shortening {
        String of(String text, int most);
    }

    /** The same in at most so many columns, if the first cell of each row can be made that short. */
    public static List<String> fitted(List<List<String>> rows, int columns, Shortening shortening) {
        int others = 0;
        for (int c = 1; c < rows.stream().mapToInt(List::size).max().orElse(0); c++) {
            int column = c;
            others += BETWEEN
                    + rows.stream()
                            .filter(row -> row.size() > column)
                            .mapToInt(row -> Math.max(1, row.get(column).length()))
                            .max()
                            .orElse(1);
        }
        int first = Math.max(LEAST_FIRST, columns - others);
        List<List<String>> fitted = new ArrayList<>();
        for (List<String> row : rows) {
            List<String> cells = new ArrayList<>(row);
            cells.set(0, shortening.of(row.get(0), first));
            fitted.add(cells);
        }
        return of(fitted);
    }

    /** A text made at least that wide with spaces. */
    public static String pad(String text, int width) {
        return text + " ".repeat(Math.max(1, width - text.length()));
    }
}
