package qroar.orchestrator.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Signals that this process was started to ignore, as {@code nohup} and shells without a terminal do for what they put into
 * the background, are ignored by all that it starts, the product among them. {@code env} of coreutils undoes it.
 */
final class DefaultSignals {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String IGNORED = "SigIgn:";
    private static final long HANGUP_AND_INTERRUPT = 0b11;

    private DefaultSignals() {}

    /** What to put before a command that is to hear them; nothing where it does anyway. */
    static List<String> restored() {
        return areIgnored() ? List.of("env", "--default-signal=HUP,INT") : List.of();
    }

    private static boolean areIgnored() {
        try {
            return Files.exists(STATUS)
                    && Files.readAllLines(STATUS).stream()
                            .filter(line -> line.startsWith(IGNORED))
                            .map(line -> line.substring(IGNORED.length()).strip())
                            .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & HANGUP_AND_INTERRUPT) != 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
