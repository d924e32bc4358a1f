package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashSet;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.journal.JournalReader;

/** The views that docs/journal-views.sql makes of a recorded journal say what the program's own reader says. */
class JournalViewsTest {
    private static final Pattern VIEW = Pattern.compile("create temp view (\\w+)");

    @TempDir
    Path folder;

    private static Path docs() {
        return SmallExperiment.demo().resolve("../../../docs").normalize();
    }

    private Path journal() throws Exception {
        Path packed = RecordedRun.home().resolve("sealed-3/journal.db.gz");
        Path file = folder.resolve("journal.db");
        try (var in = new GZIPInputStream(Files.newInputStream(packed))) {
            Files.copy(in, file);
        }
        return file;
    }

    private static Connection readOnly(Path file) throws SQLException {
        Properties pragmas = new Properties();
        pragmas.setProperty("open_mode", "1");
        return DriverManager.getConnection("jdbc:sqlite:" + file, pragmas);
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getLong(1) : -1;
        }
    }

    @Test
    void viewsHoldWhatTheReaderReads() throws Exception {
        Path file = journal();
        long[] counts = new long[6];
        long[] tokens = {0};
        try (JournalReader reader = JournalReader.open(file, new RunEventCatalog().catalog())) {
            String id = reader.persistenceIds().get(0);
            reader.forEachEvent(id, 0, recorded -> {
                counts[0]++;
                if (recorded.event() instanceof RunEvent.RequestPlanned) {
                    counts[1]++;
                } else if (recorded.event() instanceof RunEvent.TrialLeased
                        || recorded.event() instanceof RunEvent.PortionLeased) {
                    counts[2]++;
                } else if (recorded.event() instanceof RunEvent.TrialFinished finished) {
                    counts[3]++;
                    tokens[0] += finished.forwardTokens();
                } else if (recorded.event() instanceof RunEvent.PortionFinished finished) {
                    counts[3]++;
                    tokens[0] += finished.forwardTokens();
                } else if (recorded.event() instanceof RunEvent.WindowsMeasured) {
                    counts[4]++;
                } else if (recorded.event() instanceof RunEvent.RequestMeasured
                        || recorded.event() instanceof RunEvent.RequestStopped
                        || recorded.event() instanceof RunEvent.RequestDiverged
                        || recorded.event() instanceof RunEvent.RequestFailed) {
                    counts[5]++;
                }
            });
        }
        assertThat(counts)
                .as("the recorded run has events of every kind that is counted")
                .doesNotContain(0);
        String script = Files.readString(docs().resolve("journal-views.sql"));
        try (Connection connection = readOnly(file);
                Statement statement = connection.createStatement()) {
            for (String sql : script.replaceAll("(?m)^--.*$", "").split(";\\s*")) {
                if (!sql.isBlank()) {
                    statement.execute(sql);
                }
            }
            assertThat(number(statement, "select count(*) from events")).isEqualTo(counts[0]);
            assertThat(number(statement, "select count(*) from requests where label is not null and study >= 0"))
                    .isEqualTo(counts[1]);
            assertThat(number(statement, "select count(*) from leases where worker is not null"))
                    .isEqualTo(counts[2]);
            assertThat(number(statement, "select count(*) from finished where computeSeconds > 0"))
                    .isEqualTo(counts[3]);
            assertThat(number(statement, "select sum(forwardTokens) from workers"))
                    .isEqualTo(tokens[0]);
            assertThat(number(statement, "select count(*) from windows where length(nllNats) > 0"))
                    .isEqualTo(counts[4]);
            assertThat(number(statement, "select count(*) from answers join requests using (number)"))
                    .isEqualTo(counts[5]);
            assertThat(number(statement, "select count(*) from setbacks")).isNotNegative();
        }
    }

    @Test
    void everyViewAndColumnIsDocumented() throws Exception {
        String script = Files.readString(docs().resolve("journal-views.sql"));
        String page = Files.readString(docs().resolve("take-away.md"));
        Set<String> views = new LinkedHashSet<>();
        for (Matcher view = VIEW.matcher(script); view.find(); ) {
            views.add(view.group(1));
        }
        assertThat(views).hasSize(8).allMatch(view -> page.contains("| `" + view + "` |"));
        Matcher column = Pattern.compile(" as (\\w+)[,\\n]").matcher(script);
        while (column.find()) {
            if (!column.group(1).equals("integer") && !column.group(1).equals("text")) {
                assertThat(page).contains("`" + column.group(1) + "`");
            }
        }
    }
}
