package qroar.workers.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * What lies under a file's name when it is not what the name says: the leftovers of downloads (pointers, error pages, links
 * without a target) and other formats, told by their first bytes. Parsers ask here before they complain in their own
 * words.
 */
public final class FoundFile {
    private static final int HEAD_BYTES = 512;
    /** What a message quotes, and the length field of a safetensors file. */
    private static final int QUOTED_BYTES = 8;

    private static final String LFS = "a Git LFS pointer, not the file; fetch it with git lfs pull";

    private FoundFile() {}

    /** First bytes that give a format away, in hex, and its name. */
    private enum Magic {
        ZIP("504b0304", "a zip archive (torch.save writes such)"),
        GZIP("1f8b", "gzip data"),
        ZSTD("28b52ffd", "zstd data"),
        XZ("fd377a585a00", "xz data"),
        BZIP2("425a68", "bzip2 data"),
        PICKLE2("8002", "a Python pickle (older versions of torch.save wrote such)"),
        PICKLE3("8003", "a Python pickle"),
        PICKLE4("8004", "a Python pickle"),
        PICKLE5("8005", "a Python pickle"),
        GGUF("47475546", "a GGUF file"),
        HDF5("894844460d0a1a0a", "an HDF5 file"),
        PDF("25504446", "a PDF"),
        UTF_16_LITTLE("fffe", "text in UTF-16"),
        UTF_16_BIG("feff", "text in UTF-16"),
        ZEROS("0000000000000000", "nothing but zeros at its beginning (an unfinished download?)");

        private final byte[] start;
        private final String format;

        Magic(String hex, String format) {
            this.start = HexFormat.of().parseHex(hex);
            this.format = format;
        }

        boolean begins(byte[] head) {
            return head.length >= start.length && Arrays.equals(head, 0, start.length, start, 0, start.length);
        }
    }

    /** Whether the folder has such a name, be it a link to nowhere: then it is not absent but broken. */
    public static boolean isNamed(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** The refusal of a file that cannot be found. */
    public static BadInput missing(Path file) {
        try {
            if (Files.isSymbolicLink(file)) {
                return new BadInput(file + ": a link to "
                        + Printable.text(Files.readSymbolicLink(file).toString())
                        + ", which is not there (unfinished download?)");
            }
        } catch (IOException unreadable) {
            return new BadInput(file + ": a link that cannot be followed", unreadable);
        }
        return new BadInput(file + ": no such file");
    }

    /**
     * What a file that should hold JSON holds instead, for a message that begins with its name; null where nothing
     * speaks against JSON.
     */
    public static @Nullable String insteadOfJson(Path file) {
        byte[] head = head(file);
        if (isPointer(head)) {
            return LFS;
        }
        String format = format(head);
        return format == null ? null : "not JSON but " + format + "; it begins with " + quoted(head);
    }

    /** The same for a safetensors file. */
    public static @Nullable String insteadOfSafetensors(Path file) {
        byte[] head = head(file);
        if (isPointer(head)) {
            return LFS;
        }
        if (head.length <= QUOTED_BYTES || (head[QUOTED_BYTES] == '{' && !isText(head))) {
            return null;
        }
        String format = format(head);
        return format == null && !isText(head)
                ? null
                : "does not begin as a safetensors file does; it begins with " + quoted(head)
                        + (format == null ? "" : ", " + format);
    }

    private static byte[] head(Path file) {
        if (!Files.isRegularFile(file)) {
            return new byte[0];
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(HEAD_BYTES);
        } catch (IOException unreadable) {
            // Whoever reads the file next says so in better words.
            return new byte[0];
        }
    }

    private static boolean isPointer(byte[] head) {
        return text(head).startsWith("version https://git-lfs.github.com/spec/");
    }

    private static @Nullable String format(byte[] head) {
        String start = text(head).stripLeading().toLowerCase(Locale.ROOT);
        if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
            return "an HTML page (to sign in, or of an error)";
        }
        if (start.startsWith("<?xml") || start.startsWith("<error")) {
            return "an XML page (of an error?)";
        }
        return Arrays.stream(Magic.values())
                .filter(magic -> magic.begins(head))
                .map(magic -> magic.format)
                .findFirst()
                .orElse(null);
    }

    /** As Latin-1, so that nothing is lost; without the mark that some editors put in front. */
    private static String text(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        return text.startsWith("\u00ef\u00bb\u00bf") ? text.substring(3) : text;
    }

    private static boolean isText(byte[] head) {
        for (int i = 0; i < Math.min(QUOTED_BYTES, head.length); i++) {
            boolean printable =
                    head[i] >= ' ' && head[i] < 0x7f || head[i] == '\n' || head[i] == '\r' || head[i] == '\t';
            if (!printable) {
                return false;
            }
        }
        return true;
    }

    private static String quoted(byte[] head) {
        byte[] start = Arrays.copyOf(head, Math.min(QUOTED_BYTES, head.length));
        return isText(start)
                ? "'" + Printable.text(new String(start, StandardCharsets.ISO_8859_1)) + "'"
                : "bytes " + HexFormat.ofDelimiter(" ").formatHex(start);
    }
}
