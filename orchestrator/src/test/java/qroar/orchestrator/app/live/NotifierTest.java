package qroar.orchestrator.app.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "commands of a POSIX shell")
class NotifierTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder = Path.of("");

    private final List<String> warnings = new CopyOnWriteArrayList<>();

    private void tell(String command, Duration patience, Notice... notices) {
        try (Notifier notifier = new Notifier(command, folder.resolve("run-0123"), patience, warnings::add)) {
            for (Notice notice : notices) {
                notifier.tell(notice);
            }
        }
    }

    private static Notice notice(String message) {
        return new Notice(Notice.Event.BEATS_UNQUANTIZED, "01-a", null, message);
    }

    @Test
    void theCommandIsToldInItsEnvironmentAloneAndInOrder() throws IOException {
        Path told = folder.resolve("told");
        Path trap = folder.resolve("trap");
        String message = "\"; touch " + trap + " $(touch " + trap + ") `touch " + trap + "`";
        tell(
                "printf '%s|%s|%s|%s|%s\\n' \"$QROAR_EVENT\" \"$QROAR_RUN\" \"$QROAR_STUDY\" \"$QROAR_TRIAL\""
                        + " \"$QROAR_MESSAGE\" >> '" + told + "'",
                LONG,
                notice(message),
                new Notice(Notice.Event.FINISHED, null, null, "over"));
        assertThat(warnings).isEmpty();
        assertThat(Files.readAllLines(told))
                .containsExactly("beats-unquantized|run-0123|01-a||" + message, "finished|run-0123|||over");
        assertThat(trap).doesNotExist();
    }

    @Test
    void aCommandThatFailsIsAWarning() {
        tell("echo first; echo no such host >&2; exit 7", LONG, notice("x"));
        tell("/no/such/command", LONG, notice("x"));
        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(0)).isEqualTo("--notify failed at beats-unquantized: exit code 7: no such host");
        assertThat(warnings.get(1)).startsWith("--notify failed at beats-unquantized: exit code 127");
    }

    @Test
    void aCommandThatTakesTooLongIsEndedWithWhatItStarted() throws Exception {
        Path pid = folder.resolve("pid");
        tell("sleep 600 & echo $! > '" + pid + "'; wait", Duration.ofSeconds(1), notice("x"));
        assertThat(warnings).containsExactly("--notify failed at beats-unquantized: it was ended after 1 s");
        long left = Long.parseLong(Files.readString(pid).strip());
        ProcessHandle.of(left).ifPresent(process -> process.onExit().join());
    }

    @Test
    void whatItSaysAsksOrLeavesBehindDelaysNothing() throws IOException {
        Path pid = folder.resolve("pid");
        tell("cat; head -c 3000000 /dev/zero; sleep 600 & echo $! > '" + pid + "'", LONG, notice("x"));
        assertThat(warnings).isEmpty();
        ProcessHandle left =
                ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        assertThat(left.isAlive()).as("nobody waited for it, nor ended it").isTrue();
        left.destroyForcibly();
    }

    @Test
    void aBlankCommandIsRefusedAndNoneIsQuiet() {
        for (String blank : List.of("", " ", "a\0b")) {
            assertThatThrownBy(() -> Notifier.requireCommand(blank))
                    .isInstanceOf(BadInput.class)
                    .hasMessageStartingWith("--notify must be a command");
        }
        try (Notifier none = new Notifier(null, folder, LONG, warnings::add)) {
            none.tell(notice("x"));
        }
        assertThat(warnings).isEmpty();
    }
}
