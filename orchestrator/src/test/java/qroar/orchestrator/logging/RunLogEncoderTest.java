package qroar.orchestrator.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunLogEncoderTest {
    private final LoggerContext context = new LoggerContext();

    @AfterEach
    void forgetTheForm() {
        System.clearProperty(RunLogEncoder.FORMAT);
    }

    private String line(String format, String message, Map<String, String> keys) {
        System.setProperty(RunLogEncoder.FORMAT, format);
        RunLogEncoder encoder = new RunLogEncoder();
        encoder.setContext(context);
        encoder.setRun("demo-0123");
        encoder.start();
        context.setMDCAdapter(new LogbackMDCAdapter());
        Exception failure = new IllegalStateException("broken \"glass\"\nand more");
        LoggingEvent event = new LoggingEvent(
                "x", context.getLogger("qroar.some"), Level.WARN, message, failure, new Object[] {"5"});
        event.setMDCPropertyMap(keys);
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    @Test
    void jsonIsOneObjectPerLineWithTheIdsAsFields() throws Exception {
        String line = line(
                "json",
                "trial {} \"failed\"\nbadly",
                Map.of("trial", "5", "attempt", "2", "study", "rtn-w4", "pekkoSource", "noise"));
        assertThat(line).endsWith("\n");
        assertThat(line.strip().lines()).hasSize(1);
        JsonNode fields = new ObjectMapper().readTree(line);
        assertThat(fields.get("message").asText()).isEqualTo("trial 5 \"failed\"\nbadly");
        assertThat(fields.get("run").asText()).isEqualTo("demo-0123");
        assertThat(fields.get("study").asText()).isEqualTo("rtn-w4");
        assertThat(fields.get("trial").asText()).isEqualTo("5");
        assertThat(fields.get("attempt").asText()).isEqualTo("2");
        assertThat(fields.get("level").asText()).isEqualTo("WARN");
        assertThat(fields.get("error").asText()).isEqualTo("java.lang.IllegalStateException");
        assertThat(fields.get("trace").asText()).contains("broken", "RunLogEncoderTest");
        assertThat(fields.has("pekkoSource")).isFalse();
        assertThat(fields.has("worker")).isFalse();
    }

    @Test
    void keyValueQuotesWhatHoldsBlanks() {
        String line = line("KeyValue", "trial {} failed", Map.of("trial", "5", "worker", "box 1=a"));
        assertThat(line.strip().lines()).hasSize(1);
        assertThat(line)
                .contains(" run=demo-0123 trial=5 worker=\"box 1=a\" message=\"trial 5 failed\" error=java.lang.")
                .contains(" trace=\"java.lang.IllegalStateException: broken \\\"glass\\\"\\n");
    }

    @Test
    void textIsWhatPeopleRead() {
        String line = line("text", "trial {} failed\nbadly", Map.of("trial", "5"));
        assertThat(line.lines().findFirst().orElse("")).endsWith("WARN  qroar.some - trial 5 failed | badly");
        assertThat(line).contains("IllegalStateException");
    }

    @Test
    void anUnknownFormIsText() {
        assertThat(line("xml", "trial {}", Map.of())).contains(" - trial 5\n");
    }

    @Test
    void whatATerminalWouldObeyIsWrittenOutInEveryForm() throws Exception {
        for (String format : List.of("text", "keyvalue", "json")) {
            String line = line(format, "file a\u001b[31m\u202eb", Map.of("worker", "box\u2066"));
            assertThat(line)
                    .as(format)
                    .containsIgnoringCase("a\\u001b[31m\\u202eb")
                    .doesNotContainPattern("[\\p{Cf}\u001b]");
        }
        JsonNode fields = new ObjectMapper().readTree(line("json", "a\u202eb", Map.of()));
        assertThat(fields.get("message").asText()).isEqualTo("a\u202eb");
    }

    @Test
    void standardErrorGetsOneLineThatIsFitForATerminal() {
        LoggerContext context = new LoggerContext();
        LoggingEvent event = new LoggingEvent(
                "x", context.getLogger("qroar.some"), Level.WARN, "a\nb\u202e" + "x".repeat(5000), null, null);
        assertThat(new LineConverter().convert(event))
                .startsWith("a | b\\u202exx")
                .hasSizeLessThan(700);
    }
}
