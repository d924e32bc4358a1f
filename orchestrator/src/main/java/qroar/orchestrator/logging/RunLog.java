package qroar.orchestrator.logging;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/**
 * Writes this JVM's log, from info up, into a run's own file, appending. For a process that learns which run it works
 * on only after it has begun to log; one that knows before can set the system property {@code qroar.log} instead.
 */
public final class RunLog implements AutoCloseable {
    private final Logger root;
    private final FileAppender<ILoggingEvent> appender;

    private RunLog(Logger root, FileAppender<ILoggingEvent> appender) {
        this.root = root;
        this.appender = appender;
    }

    /**
     * The file's folder must exist. A file that cannot be written costs the log, never the run.
     *
     * @param run named in structured forms, see {@link RunLogEncoder}
     */
    public static RunLog open(Path file, String run) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        RunLogEncoder encoder = new RunLogEncoder();
        encoder.setContext(context);
        encoder.setRun(run);
        encoder.start();
        FileAppender<ILoggingEvent> appender = new FileAppender<>();
        appender.setContext(context);
        appender.setName("run-log " + file);
        appender.setFile(file.toString());
        appender.setEncoder(encoder);
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        return new RunLog(root, appender);
    }

    @Override
    public void close() {
        root.detachAppender(appender);
        appender.stop();
    }
}
