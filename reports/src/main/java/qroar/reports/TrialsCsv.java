package qroar.reports;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.reports.model.TrialRow;

/** {@code trials.csv}: RFC 4180, UTF-8, a header, one line per trial; what is not known is an empty field. */
final class TrialsCsv {
    static final String HEADER =
            "number,study,label,key,state,worker,attempts,windowsMeasured,windowsPlanned,forwardTokens,seconds,cause";

    private TrialsCsv() {}

    static byte[] bytes(List<TrialRow> trials) {
        StringBuilder csv = new StringBuilder(HEADER).append("\r\n");
        for (TrialRow t : trials) {
            csv.append(t.number()).append(',');
            csv.append(field(t.study())).append(',');
            csv.append(field(t.label())).append(',');
            csv.append(field(t.key())).append(',');
            csv.append(t.state().word()).append(',');
            csv.append(field(t.worker())).append(',');
            csv.append(t.attempts()).append(',');
            csv.append(t.windowsMeasured()).append(',');
            csv.append(t.windowsPlanned()).append(',');
            csv.append(t.forwardTokens()).append(',');
            csv.append(t.seconds() == null ? "" : t.seconds()).append(',');
            csv.append(field(t.cause())).append("\r\n");
        }
        return csv.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String field(@Nullable String text) {
        if (text == null) {
            return "";
        }
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
