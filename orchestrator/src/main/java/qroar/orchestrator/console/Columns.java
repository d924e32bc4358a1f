package qroar.orchestrator.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import qroar.protocol.OneLine;

/** Rows of text in columns. */
public final class Columns {
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

    /** A text made at least that wide with spaces. */
    public static String pad(String text, int width) {
        return text + " ".repeat(Math.max(1, width - text.length()));
    }
}
