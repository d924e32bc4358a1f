package qroar.orchestrator.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.ArrayList;
import java.util.List;

/** Keeps off the terminal what a library says of a failure that we tell in words of our own; the log has both. */
public final class ConsoleEcho extends Filter<ILoggingEvent> {
    private final List<String> beginnings = new ArrayList<>();

    /** Set from {@code logback.xml}: how such a message begins. */
    public void addBeginning(String words) {
        beginnings.add(words);
    }

    @Override
    public FilterReply decide(ILoggingEvent event) {
        String message = event.getMessage();
        return message != null && beginnings.stream().anyMatch(message::startsWith)
                ? FilterReply.DENY
                : FilterReply.NEUTRAL;
    }
}
