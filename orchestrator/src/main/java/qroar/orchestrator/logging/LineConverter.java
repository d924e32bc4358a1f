package qroar.orchestrator.logging;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.regex.Pattern;
import qroar.protocol.OneLine;

/** {@code %line}: the message as one line that is fit for a terminal; bars where it had line ends. */
public final class LineConverter extends MessageConverter {
    private static final Pattern ENDS = Pattern.compile("[\\r\\n]+");

    @Override
    public String convert(ILoggingEvent event) {
        return OneLine.of(
                ENDS.matcher(String.valueOf(event.getFormattedMessage())).replaceAll(" | "));
    }
}
