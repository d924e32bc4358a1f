package qroar.orchestrator.logging;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import qroar.protocol.OneLine;

/**
 * The form of log files: {@code -Dqroar.log.format=text} (the default), {@code keyvalue} or {@code json}, or the same in
 * the environment variable {@code QROAR_LOG_FORMAT}. The latter two give one line per event with run, study, trial, attempt
 * and worker where they are known ({@link LogKeys}); a stack trace is one more field of it.
 */
public final class RunLogEncoder extends EncoderBase<ILoggingEvent> {
    /** System property with the form. */
    static final String FORMAT = "qroar.log.format";

    private static final String VARIABLE = "QROAR_LOG_FORMAT";
    private static final String TEXT =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{30} - %replace(%msg){'[\\r\\n]+', ' | '}%n%ex{20}";
    private static final ObjectMapper JSON = new ObjectMapper();

    private enum Format {
        TEXT,
        KEYVALUE,
        JSON
    }

    private final PatternLayout text = new PatternLayout();
    private final ThrowableProxyConverter traces = new ThrowableProxyConverter();
    private Format format = Format.TEXT;
    private String run = "";

    /** The run that everything belongs to; set before the start. */
    public void setRun(String name) {
        run = name;
    }

    @Override
    public void start() {
        String wanted = System.getProperty(FORMAT, System.getenv().getOrDefault(VARIABLE, "text"));
        try {
            format = Format.valueOf(wanted.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            addWarn(FORMAT + " '" + wanted + "' is none of text, keyvalue, json");
        }
        text.setContext(getContext());
        text.setPattern(TEXT);
        text.start();
        traces.start();
        super.start();
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        String line = format == Format.TEXT ? text.doLayout(event) : structured(event) + "\n";
        // The whole event, its trace included: what a terminal would obey or not show is written out.
        return OneLine.lines(line).getBytes(StandardCharsets.UTF_8);
    }

    private String structured(ILoggingEvent event) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("time", event.getInstant().toString());
        fields.put("level", event.getLevel().toString());
        fields.put("logger", event.getLoggerName());
        fields.put("thread", event.getThreadName());
        if (!run.isEmpty()) {
            fields.put("run", run);
        }
        for (String key : LogKeys.ALL) {
            String value = event.getMDCPropertyMap().get(key);
            if (value != null) {
                fields.put(key, value);
            }
        }
        fields.put("message", event.getFormattedMessage());
        IThrowableProxy failure = event.getThrowableProxy();
        if (failure != null) {
            fields.put("error", failure.getClassName());
            fields.put("trace", traces.convert(event).strip());
        }
        return format == Format.JSON ? json(fields) : keyValue(fields);
    }

    private static String json(Map<String, String> fields) {
        try {
            return JSON.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of strings is always JSON", e);
        }
    }

    /** {@code key=value}, a value in JSON's quotes where it holds a blank, a quote, '=' or a control character. */
    private static String keyValue(Map<String, String> fields) {
        StringBuilder line = new StringBuilder();
        fields.forEach((key, value) -> {
            boolean plain =
                    !value.isEmpty() && value.chars().allMatch(c -> c > ' ' && c != '"' && c != '=' && c != 127);
            line.append(line.isEmpty() ? "" : " ").append(key).append('=');
            line.append(plain ? value : quoted(value));
        });
        return line.toString();
    }

    private static String quoted(String value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a string is always JSON", e);
        }
    }
}
