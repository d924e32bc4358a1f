package qroar.orchestrator.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * Lets through at most {@link #setAllowed allowed} equal messages per {@link #setWindowSeconds window}; the first one
 * after that tells how many were left out. Messages are equal when logger, level and text agree, numbers aside: floods
 * differ in ports and counters only. Errors pass, but for those that {@link #setErrorsOf peers can cause}; so does whatever
 * {@link #addKept loggers} say whose every line is a fact of its own. Memory is bounded by {@value FloodCount#MAX_KINDS}
 * kinds of message.
 *
 * <p>Logback's own DuplicateMessageFilter was not taken: it silences a message for good, and does not count.
 */
public final class FloodFilter extends TurboFilter {
    private static final Marker REPORT = MarkerFactory.getDetachedMarker("qroar-flood-report");

    private final FloodCount count;
    private final List<String> kept = new ArrayList<>();
    private int allowed = 20;
    private @Nullable String errorsOf;
    private long windowNanos = TimeUnit.SECONDS.toNanos(60);

    public FloodFilter() {
        this(System::nanoTime);
    }

    FloodFilter(LongSupplier nanoTime) {
        this.count = new FloodCount(nanoTime);
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

    /** Set from {@code logback.xml}, as often as there are any: loggers whose names begin so are not counted. */
    public void addKept(String prefix) {
        kept.add(prefix);
    }

    private boolean passes(Logger logger, Level level) {
        if (kept.stream().anyMatch(logger.getName()::startsWith)) {
            return true;
        }
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
        long reportable = count.count(FloodCount.kind(logger.getName(), level, format), allowed, windowNanos);
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
}
