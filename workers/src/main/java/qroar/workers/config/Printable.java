package qroar.workers.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Arrays;
import java.util.stream.Collectors;
import qroar.protocol.OneLine;

/** What readers of checkpoints quote of a stranger's file, as {@link OneLine} has it. */
public final class Printable {
    private Printable() {}

    public static String text(String raw) {
        return OneLine.value(raw);
    }

    public static String shape(long[] shape) {
        return Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }

    /** Jackson's own reason with its place in the file. */
    public static String problem(JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        return "not valid JSON" + where + ": " + text(e.getOriginalMessage());
    }
}
