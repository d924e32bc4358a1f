package qroar.orchestrator.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.json.FiniteJson;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;

/** What commands print on standard output. */
public final class Output {
    private static final ObjectMapper JSON = FiniteJson.mapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Output() {}

    /** One JSON document; maps keep their order, and a number that is NaN or infinite is null. */
    public static String json(Object value) {
        try {
            // Escapes are part of JSON, so a name with a control character stays what it is.
            return OneLine.lines(JSON.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result is always JSON", e);
        }
    }

    /**
     * A file that a command will write at its end, refused before hours of work when it cannot be.
     *
     * @throws qroar.protocol.BadInput when its folder is not there or the name is a folder's
     */
    public static @Nullable Path writable(String option, @Nullable Path file) {
        if (file == null) {
            return null;
        }
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || folder == null || !Files.isDirectory(folder)) {
            throw new BadInput(option + " " + file + ": "
                    + (Files.isDirectory(file) ? "is a directory" : "its directory does not exist"));
        }
        return file;
    }

    public static String fixed(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
