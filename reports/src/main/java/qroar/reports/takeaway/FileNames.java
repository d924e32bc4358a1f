package qroar.reports.takeaway;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import qroar.reports.model.RunReport;

/** Texts as names of files and folders: what is no letter, digit, hyphen, dot or underscore becomes per cent and its code. */
public final class FileNames {
    private static final int PREFIX_DIGITS = 12;

    private FileNames() {}

    /** Never empty, never with a slash, never one that climbs. */
    public static String of(String text) {
        StringBuilder name = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean plain = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '_'
                    || (c == '.' && !name.isEmpty());
            name.append(plain ? "" + c : String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        return name.isEmpty() ? "%" : name.toString();
    }

    /** As the run's own folder is called. */
    static String ofRun(RunReport report) {
        String fingerprint = report.run().fingerprint();
        return of(report.run().name() + "-" + fingerprint.substring(0, Math.min(PREFIX_DIGITS, fingerprint.length())));
    }
}
