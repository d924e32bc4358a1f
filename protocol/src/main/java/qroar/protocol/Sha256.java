package qroar.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, by which everything that is shared or kept is addressed. */
public final class Sha256 {
    private Sha256() {}

    /** One to be fed piece by piece. */
    public static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Of a text in UTF-8, as 64 hexadecimal digits. */
    public static String hex(String text) {
        return hex(begin(), text.getBytes(StandardCharsets.UTF_8));
    }

    /** What a digest comes to, as 64 hexadecimal digits; the digest begins anew. */
    public static String hex(MessageDigest fed) {
        return HexFormat.of().formatHex(fed.digest());
    }

    private static String hex(MessageDigest fed, byte[] last) {
        return HexFormat.of().formatHex(fed.digest(last));
    }
}
