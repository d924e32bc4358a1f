package qroar.orchestrator.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.TimeUnit;

/**
 * Keeps lines off the terminal that {@link FloodFilter#addKept} lets through to the log, when there are too many alike;
 * one line then says where they are.
 */
public final class ConsoleFlood extends Filter<ILoggingEvent> {
    private final FloodCount count = new FloodCount(System::nanoTime);
    private int allowed = 20;
    private long windowNanos = TimeUnit.SECONDS.toNanos(60);

    /** Set from {@code logback.xml}. */
    public void setAllowed(int allowed) {
        this.allowed = allowed;
    }

    /** Set from {@code logback.xml}. */
    public void setWindowSeconds(long seconds) {
        this.windowNanos = TimeUnit.SECONDS.toNanos(seconds);
    }

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (event.getMessage() == null) {
            return FilterReply.NEUTRAL;
        }
        String kind = FloodCount.kind(event.getLoggerName(), event.getLevel(), event.getMessage());
        long counted = count.count(kind, allowed, windowNanos);
        if (counted == -1) {
            System.err.println("qroar: more like the last line are in the log only, for some time");
        }
        return counted < 0 ? FilterReply.DENY : FilterReply.NEUTRAL;
    }
}
