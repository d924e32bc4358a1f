package qroar.reports.takeaway;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import qroar.protocol.storage.AtomicFile;

/**
 * The figures of a page as SVG and its tables as CSV and LaTeX, under the numbers of their captions: what the page's own
 * buttons save, for whoever runs no script.
 */
public final class PageParts {
    private static final Pattern FIGURE = Pattern.compile("<svg .*?</svg>", Pattern.DOTALL);
    private static final Pattern TABLE = Pattern.compile("<table[ >].*?</table>", Pattern.DOTALL);

    private PageParts() {}

    /**
     * Writes {@code figure-01.svg}, {@code table-01.csv}, {@code table-01.tex} and so on.
     *
     * @param page as it is written
     * @return how many files
     * @throws java.io.UncheckedIOException with one line naming the file and the reason
     */
    public static int write(Path folder, byte[] page) {
        Map<String, String> files = files(new String(page, StandardCharsets.UTF_8));
        files.forEach((name, text) ->
                AtomicFile.writeWithFolder(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8)));
        return files.size();
    }

    static Map<String, String> files(String page) {
        Map<String, String> files = new LinkedHashMap<>();
        // A text of a user is escaped, so neither expression can begin or end in one.
        Matcher figure = FIGURE.matcher(page);
        for (int number = 1; figure.find(); number++) {
            files.put(String.format(Locale.ROOT, "figure-%02d.svg", number), figure.group() + "\n");
        }
        Matcher table = TABLE.matcher(page);
        for (int number = 1; table.find(); number++) {
            PageTable cells = PageTable.of(table.group());
            files.put(String.format(Locale.ROOT, "table-%02d.csv", number), cells.csv());
            files.put(String.format(Locale.ROOT, "table-%02d.tex", number), cells.latex());
        }
        return files;
    }
}
