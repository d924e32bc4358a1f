package qroar.orchestrator.journal;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import qroar.protocol.BadInput;

/**
 * Addresses of databases as people type them. One is kept with its run and named in messages, so none with a password is
 * let in, whatever part of it holds the password, however it is encoded; and what is refused is never repeated.
 */
public final class JournalAddress {
    private static final String SCHEME = "jdbc:postgresql://";
    private static final String INSTEAD =
            ": an address is kept with the run and named in messages, so leave the password out of it and put it into"
                    + " ~/.pgpass or the environment variable PGPASSWORD";
    /** A name that may mean a secret, and what follows it: in a query, in an option of an option, in JSON. */
    private static final Pattern SECRET = Pattern.compile(
            "(?i)([a-z_.-]*(?:pass(?!file)|pwd|secret|token|credential)[a-z_.-]*[\"']?\\s*[=:]\\s*)([^&;,\\s]*)");
    /** Whom to connect as, before the host. */
    private static final Pattern USER_INFO = Pattern.compile("(//)([^?\\s]*)@");
    /** Hosts with their ports; whatever else stands between them may be the rest of a password. */
    private static final Pattern HOSTS = Pattern.compile(
            "jdbc:postgresql://(?:(?:\\[[0-9a-fA-F:.]+]|[^:/?,@\\[\\]]*)(?::[0-9]{1,5})?(?:,|(?=[/?]|$)))*(?:[/?].*)?");

    private static final Pattern WORD = Pattern.compile("\\S+");
    /** More layers of encoding than anybody writes. */
    private static final int LAYERS = 8;

    private JournalAddress() {}

    /** @throws BadInput when it is no address, or has a password in it */
    static String require(String url) {
        String decoded = decoded(url);
        if (SECRET.matcher(decoded).find() || SECRET.matcher(url).find() || hasUserInfo(decoded)) {
            throw new BadInput(
                    "--journal" + INSTEAD + (hasUserInfo(decoded) ? " (and the user behind: ?user=NAME)" : ""));
        }
        if (!url.startsWith(SCHEME)
                || url.length() == SCHEME.length()
                || !HOSTS.matcher(url).matches()
                || url.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            throw new BadInput("--journal must be " + SCHEME + "HOST:PORT/DATABASE?user=NAME");
        }
        return url;
    }

    private static boolean hasUserInfo(String decoded) {
        return USER_INFO.matcher(decoded).find();
    }

    /** A line for people, without what may be a password in an address that stands in it. */
    public static String redacted(String line) {
        return WORD.matcher(line).replaceAll(word -> Matcher.quoteReplacement(redactedWord(word.group())));
    }

    private static String redactedWord(String word) {
        String decoded = decoded(word);
        if (!decoded.contains("://") || !(SECRET.matcher(decoded).find() || hasUserInfo(decoded))) {
            return word;
        }
        return SECRET.matcher(USER_INFO.matcher(decoded).replaceAll("$1***@")).replaceAll("$1***");
    }

    /** Without percent signs that mean a byte, also where these are encoded themselves. */
    private static String decoded(String text) {
        String decoded = text;
        for (int layer = 0; layer < LAYERS; layer++) {
            String next = decodedOnce(decoded);
            if (next.equals(decoded)) {
                break;
            }
            decoded = next;
        }
        return decoded;
    }

    private static String decodedOnce(String text) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
            if (in[i] == '%' && high >= 0 && low >= 0) {
                out[length++] = (byte) (high * 16 + low);
                i += 2;
            } else {
                out[length++] = in[i];
            }
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }
}
