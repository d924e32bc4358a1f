package qroar.workers.text;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Files that are plainly no UTF-8 text, known by how they begin. */
final class ForeignFormat {
    /** Bytes that are looked at. */
    static final int LOOK_BYTES = 512;

    /** UTF-16 without a mark has a zero byte in every other place; a few characters are enough to tell. */
    private static final int MIN_UTF16_BYTES = 4;

    /** A longer beginning stands before one that it begins with. */
    private static final List<Map.Entry<String, String>> BEGINNINGS = List.of(
            Map.entry("\u001f\u008b", "gzip within what was unpacked; unpack it once more"),
            Map.entry("PK\u0003\u0004", "a zip archive; unpack it first (unzip)"),
            Map.entry("(\u00b5/\u00fd", "zstd within what was unpacked; unpack it once more"),
            Map.entry("\u00fd7zXZ\u0000", "xz; unpack it first (unxz)"),
            Map.entry("BZh", "bzip2; unpack it first (bunzip2)"),
            Map.entry("7z\u00bc\u00af", "a 7z archive; unpack it first"),
            Map.entry("PAR1", "parquet; write its text column as text files or JSON lines first"),
            Map.entry("ARROW1", "Arrow; write its text column as text files or JSON lines first"),
            Map.entry("\u00ff\u00ff\u00ff\u00ff", "Arrow; write its text column as text files or JSON lines first"),
            Map.entry("SQLite format 3\u0000", "an SQLite database"),
            Map.entry("%PDF-", "a PDF; extract its text first (pdftotext)"),
            Map.entry("{\\rtf", "RTF; save it as plain text first"),
            Map.entry("\u00d0\u00cf\u0011\u00e0", "an Office document; save it as plain text first"),
            Map.entry("\u0089PNG", "a PNG image"),
            Map.entry("\u00ff\u00d8\u00ff", "a JPEG image"),
            Map.entry("\u0089HDF", "HDF5"),
            Map.entry("\u0093NUMPY", "a NumPy array; give token ids as JSON with --tokens"),
            Map.entry("GGUF", "a GGUF model"),
            Map.entry("\u007fELF", "a program"),
            Map.entry(
                    "version https://git-lfs.github.com/spec/",
                    "a git-lfs pointer, not the file itself; fetch it (git lfs pull)"),
            Map.entry("\u00ff\u00fe\u0000\u0000", "UTF-32; " + convert("UTF-32")),
            Map.entry("\u0000\u0000\u00fe\u00ff", "UTF-32; " + convert("UTF-32")),
            Map.entry("\u00ff\u00fe", "UTF-16; " + convert("UTF-16")),
            Map.entry("\u00fe\u00ff", "UTF-16; " + convert("UTF-16")));

    private ForeignFormat() {}

    /**
     * What the file is, and what to do; null where it may be text.
     *
     * @param start the first {@value #LOOK_BYTES} bytes, or all of them
     */
    static @Nullable String of(byte[] start, int length) {
        String text = new String(start, 0, Math.min(length, LOOK_BYTES), StandardCharsets.ISO_8859_1);
        for (Map.Entry<String, String> each : BEGINNINGS) {
            // "BZh" and "PAR1" might begin a text; in the formats a digit and control bytes follow.
            if (text.startsWith(each.getKey()) && !isWord(text, each.getKey())) {
                return each.getValue();
            }
        }
        if (text.startsWith("ustar", 257)) {
            return "a tar archive; unpack it first (tar -x)";
        }
        return utf16(text);
    }

    private static boolean isWord(String text, String beginning) {
        boolean letters = beginning.chars().allMatch(c -> Character.isLetterOrDigit(c) && c < 128);
        return letters && text.chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r' || c == '\t');
    }

    private static @Nullable String utf16(String text) {
        int pairs = text.length() / 2;
        if (text.length() < MIN_UTF16_BYTES) {
            return null;
        }
        int low = 0;
        int high = 0;
        for (int i = 0; i < pairs; i++) {
            low += text.charAt(2 * i) == 0 ? 1 : 0;
            high += text.charAt(2 * i + 1) == 0 ? 1 : 0;
        }
        // Most of a text's characters are ASCII or nearly so in every language's punctuation and blanks.
        boolean little = low == 0 && high * 4 > pairs;
        boolean big = high == 0 && low * 4 > pairs;
        return little || big
                ? "UTF-16" + (little ? "LE" : "BE") + "; " + convert("UTF-16" + (little ? "LE" : "BE"))
                : null;
    }

    private static String convert(String from) {
        return "convert it first (iconv -f " + from + " -t UTF-8)";
    }
}
