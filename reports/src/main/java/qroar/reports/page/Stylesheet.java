package qroar.reports.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import qroar.protocol.Sha256;

/** The style sheet inside every page, and the policy that admits it alone. */
public final class Stylesheet {
    private static final String CSS = load();
    private static final String POLICY =
            "default-src 'none'; style-src 'sha256-" + digest(CSS) + "'; base-uri 'none'; form-action 'none'";

    private Stylesheet() {}

    public static String css() {
        return CSS;
    }

    /** Content security policy: nothing is loaded, nothing runs, nothing is sent. */
    public static String policy() {
        return POLICY;
    }

    private static String load() {
        try (InputStream in = Stylesheet.class.getResourceAsStream("report.css")) {
            if (in == null) {
                throw new IllegalStateException("report.css is missing beside " + Stylesheet.class.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("report.css cannot be read", e);
        }
    }

    private static String digest(String css) {
        return Base64.getEncoder().encodeToString(Sha256.begin().digest(css.getBytes(StandardCharsets.UTF_8)));
    }
}
