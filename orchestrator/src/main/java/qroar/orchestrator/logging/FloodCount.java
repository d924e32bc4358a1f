package qroar.orchestrator.logging;

import ch.qos.logback.classic.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/** Counts messages by their kind within a window of time; the least recently seen kinds are forgotten. Thread-safe. */
final class FloodCount {
    static final int MAX_KINDS = 512;
    private static final int COMPARED_CHARS = 120;
    private static final Pattern NUMBERS = Pattern.compile("[0-9]+");

    private final LongSupplier nanoTime;
    private final Map<String, Kind> kinds = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kind> eldest) {
            return size() > MAX_KINDS;
        }
    };

    FloodCount(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    private static final class Kind {
        long windowStartNanos;
        int seen;
        long leftOut;
    }

    /** Equal for messages that differ in numbers only. */
    static String kind(String logger, Level level, String format) {
        String start = format.length() > COMPARED_CHARS ? format.substring(0, COMPARED_CHARS) : format;
        return logger + ' ' + level + ' ' + NUMBERS.matcher(start).replaceAll("#");
    }

    /**
     * One more of a kind.
     *
     * @return negative when it is to be left out: minus how many were, in this window; otherwise how many were in the
     *     window before, told once
     */
    synchronized long count(String key, int allowed, long windowNanos) {
        long now = nanoTime.getAsLong();
        Kind kind = kinds.computeIfAbsent(key, k -> {
            Kind fresh = new Kind();
            fresh.windowStartNanos = now;
            return fresh;
        });
        long before = 0;
        if (now - kind.windowStartNanos >= windowNanos) {
            before = kind.leftOut;
            kind.windowStartNanos = now;
            kind.seen = 0;
            kind.leftOut = 0;
        }
        if (++kind.seen > allowed) {
            return - ++kind.leftOut;
        }
        return before;
    }
}
