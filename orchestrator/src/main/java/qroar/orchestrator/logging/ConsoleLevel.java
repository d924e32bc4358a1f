package qroar.orchestrator.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import org.slf4j.LoggerFactory;

/** How much of this process's log goes to standard error. A run's own log has the same lines either way. */
public enum ConsoleLevel {
    /** Errors only, and no word of how loading and quantizing come along. */
    QUIET("ERROR", Level.OFF),
    /** Warnings, and how long work comes along. */
    NORMAL("WARN", Level.INFO),
    /** What a run's log has: leases, what became of them, who joins and leaves. */
    VERBOSE("INFO", Level.INFO);

    private static final String APPENDER = "stderr";
    private static final String PROGRESS = "qroar.progress";

    private final String threshold;
    private final Level progress;

    ConsoleLevel(String threshold, Level progress) {
        this.threshold = threshold;
        this.progress = progress;
    }

    /** From now on. */
    public void set() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(PROGRESS).setLevel(progress);
        Appender<ILoggingEvent> appender =
                context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER);
        if (appender != null) {
            appender.getCopyOfAttachedFiltersList().stream()
                    .filter(ThresholdFilter.class::isInstance)
                    .forEach(filter -> ((ThresholdFilter) filter).setLevel(threshold));
        }
    }
}
