package qroar.orchestrator.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * Lets through at most {@link #setAllowed allowed} equal messages per {@link #setWindowSeconds window}; the first one
 * after that tells how many were left out. Messages are equal when logger, level and text agree, numbers aside: floods
 * differ in ports and counters only. Errors pass, but for those that {@link #setErrorsOf peers can cause}. Memory is bounded by {@value #MAX_KINDS} kinds of message.
 *
 * <p>Logback's own DuplicateMessageFilter was not taken: it silences a message for good, and does not count.
 */
public final class FloodFilter extends TurboFilter {
    private static final int MAX_KINDS = 512;
    private static final int COMPARED_CHARS = 120;
    private static final Pattern NUMBERS = Pattern.compile("[0-9]+");
    private static final Marker REPORT = MarkerFactory.getDetachedMarker("qroar-flood-report");

    private final LongSupplier nanoTime;
    private final Map<String, Kind> kinds = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kind> eldest) {
            return size() > MAX_KINDS;
        }
    };
    private int allowed = 20;
    private @Nullable String errorsOf;
    private long windowNanos = TimeUnit.SECONDS.toNanos(60);

    public FloodFilter() {
        this(System::nanoTime);
    }

    FloodFilter(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    private static final class Kind {
        long windowStartNanos;
        int seen;
        long leftOut;
    }

    /** Set from {@code logback.xml}. */
    public void setAllowed(int allowed) {
        this.allowed = allowed;
    }

    /** Set from {@code logback.xml}. */
    public void setWindowSeconds(long seconds) {
        this.windowNanos = TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Set from {@code logback.xml}: errors of loggers whose names begin so are counted too. */
    public void setErrorsOf(String prefix) {
        this.errorsOf = prefix;
    }

    private boolean passes(Logger logger, Level level) {
        return level.isGreaterOrEqual(Level.ERROR)
                && (errorsOf == null || !logger.getName().startsWith(errorsOf));
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] params,
            @Nullable Throwable t) {
        if (format == null
                || marker == REPORT
                || passes(logger, level)
                || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
            return FilterReply.NEUTRAL;
        }
        long reportable = count(logger.getName() + ' ' + level + ' ' + shape(format));
        if (reportable > 0) {
            logger.log(
                    REPORT,
                    FloodFilter.class.getName(),
                    Level.toLocationAwareLoggerInteger(level),
                    "{} messages like the next one were left out",
                    new Object[] {reportable},
                    null);
        }
        return reportable < 0 ? FilterReply.DENY : FilterReply.NEUTRAL;
    }

    /** -1: leave it out; otherwise how many were left out before. */
    private synchronized long count(String key) {
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
            kind.leftOut++;
            return -1;
        }
        return before;
    }

    private static String shape(String format) {
        String start = format.length() > COMPARED_CHARS ? format.substring(0, COMPARED_CHARS) : format;
        return NUMBERS.matcher(start).replaceAll("#");
    }
}
