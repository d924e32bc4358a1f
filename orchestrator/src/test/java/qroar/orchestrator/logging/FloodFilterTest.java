package qroar.orchestrator.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.spi.FilterReply;
import ch.qos.logback.core.status.Status;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FloodFilterTest {
    private final AtomicLong nanos = new AtomicLong();
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Logger log = context.getLogger("flood");

    @BeforeEach
    void attachFilter() {
        FloodFilter filter = new FloodFilter(nanos::get);
        filter.setContext(context);
        filter.setAllowed(3);
        filter.setWindowSeconds(10);
        filter.setErrorsOf("flood.remote");
        filter.addKept("flood.leases");
        filter.start();
        context.addTurboFilter(filter);
        logged.start();
        log.addAppender(logged);
        log.setLevel(Level.INFO);
    }

    private List<String> messages() {
        return logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void aFloodIsBoundedAndCounted() {
        for (int i = 0; i < 1000; i++) {
            log.warn("junk from port " + i);
        }
        assertThat(messages()).containsExactly("junk from port 0", "junk from port 1", "junk from port 2");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
        log.warn("junk from port 7");
        assertThat(messages().subList(3, 5))
                .containsExactly("997 messages like the next one were left out", "junk from port 7");
    }

    @Test
    void otherMessagesErrorsAndDisabledLevelsAreNotTouched() {
        for (int i = 0; i < 10; i++) {
            log.debug("not shown");
            log.error("serious");
        }
        log.warn("one");
        log.info("one");
        log.info("two");
        assertThat(messages()).hasSize(13).contains("one", "two");
    }

    @Test
    void whatIsPromisedIsNotCounted() {
        Logger leases = context.getLogger("flood.leases.Coordinator");
        for (int i = 0; i < 44; i++) {
            leases.info("{} leased to {}", "trial " + i, "cpu");
            leases.warn("{} failed", "trial " + i);
        }
        assertThat(messages()).hasSize(88).contains("trial 43 leased to cpu", "trial 43 failed");
    }

    @Test
    void errorsThatPeersCauseAreBounded() {
        Logger remote = context.getLogger("flood.remote.Deserializer");
        for (int i = 0; i < 100; i++) {
            remote.error("cannot read message " + i);
            log.error("serious");
        }
        assertThat(messages()).filteredOn("serious"::equals).hasSize(100);
        assertThat(messages()).hasSize(103);
    }

    @Test
    void everyKindOfMessageIsForgottenInTheEnd() {
        for (int i = 0; i < 5_000; i++) {
            log.warn("kind " + Integer.toString(i, 36).replaceAll("[0-9]", "-") + "x".repeat(i % 50));
        }
        assertThat(logged.list).hasSizeGreaterThan(1000);
    }

    @Test
    void theTerminalIsSparedWhatOnlyTheLogPromises() {
        ConsoleFlood console = new ConsoleFlood();
        console.setAllowed(2);
        PrintStream before = System.err;
        ByteArrayOutputStream caught = new ByteArrayOutputStream();
        System.setErr(new PrintStream(caught, true, StandardCharsets.UTF_8));
        try {
            for (int i = 0; i < 44; i++) {
                log.error("trial " + i + " failed");
            }
            assertThat(logged.list.stream().map(console::decide))
                    .filteredOn(FilterReply.NEUTRAL::equals)
                    .hasSize(2);
        } finally {
            System.setErr(before);
        }
        assertThat(caught.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
    }

    @Test
    void productConfigurationWritesWarningsOnOneLineAndInfoToTheFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("qroar.log");
        LoggerContext product = new LoggerContext();
        product.setMDCAdapter(new LogbackMDCAdapter());
        product.putProperty("qroar.log", file.toString());
        PrintStream before = System.err;
        ByteArrayOutputStream caught = new ByteArrayOutputStream();
        System.setErr(new PrintStream(caught, true, StandardCharsets.UTF_8));
        try {
            JoranConfigurator configurator = new JoranConfigurator();
            configurator.setContext(product);
            configurator.doConfigure(FloodFilterTest.class.getResource("/logback.xml"));
            assertThat(product.getStatusManager().getCopyOfStatusList())
                    .filteredOn(status -> status.getLevel() > Status.INFO)
                    .isEmpty();
            for (int lease = 0; lease < 44; lease++) {
                product.getLogger("qroar.orchestrator.coordinator.Coordinator").info("{} leased to cpu", lease);
            }
            product.getLogger("qroar.test").info("only in the file");
            product.getLogger("qroar.test").warn("two\nlines", new IllegalStateException("cause"));
            product.getLogger("org.apache.pekko.stream.impl.streamref.SinkRefStageImpl")
                    .warn("overshoot");
        } finally {
            product.stop();
            System.setErr(before);
        }
        assertThat(caught.toString(StandardCharsets.UTF_8)).isEqualTo("qroar: two | lines" + System.lineSeparator());
        assertThat(Files.readString(file))
                .contains("43 leased to cpu", "only in the file", "two | lines", "IllegalStateException: cause")
                .doesNotContain("overshoot");
    }
}
