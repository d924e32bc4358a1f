package qroar.orchestrator.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.journal.check.JournalSoundness;
import qroar.orchestrator.journal.codec.EventCatalog;
import qroar.protocol.BadInput;

/**
 * A database that many runs share, told apart by their persistence ids. Who writes a run holds an advisory lock of the
 * server's on it, which goes when its connection does; and two writers that both believed they had it would still meet
 * at the key of the journal's table, so one of them stops.
 */
record PostgresJournal(String url) implements Journal {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresJournal.class);
    private static final String DATABASE = "pekko-persistence-jdbc.shared-databases.qroar";
    private static final int LAYOUT = 2;
    /** Told from locks that other programs take in the same database. */
    private static final int LOCK_SPACE = 0x71726f72;

    private static final JournalTables TABLES = new JournalTables() {
        @Override
        public int layout(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery("select to_regclass('qroar_layout') is not null")) {
                    if (!row.next() || !row.getBoolean(1)) {
                        return 0;
                    }
                }
                try (ResultSet row = statement.executeQuery("select coalesce(max(layout), 0) from qroar_layout")) {
                    return row.next() ? row.getInt(1) : 0;
                }
            }
        }

        @Override
        public @Nullable String broken(Connection connection) {
            // The server's own affair; what its pages lost shows where rows are read.
            return null;
        }

        @Override
        public boolean isForOneRun() {
            return false;
        }
    };

    static PostgresJournal of(String url) {
        return new PostgresJournal(JournalAddress.require(url));
    }

    @Override
    public Config config(Class<? extends EventCatalog.Source> catalog) {
        try (Connection connection = connect()) {
            makeTables(connection);
        } catch (SQLException e) {
            throw new BadInput("journal " + url + " cannot be opened for writing: " + JournalSchema.oneLine(e), e);
        }
        Map<String, String> settings = new HashMap<>();
        settings.put(EventCatalog.CONFIG_KEY, catalog.getName());
        settings.put(DATABASE + ".db.url", url);
        String password = password();
        if (password != null) {
            settings.put(DATABASE + ".db.password", password);
        }
        return ConfigFactory.parseMap(settings)
                .withFallback(ConfigFactory.parseResources(PostgresJournal.class, "postgres-journal.conf"));
    }

    private static @Nullable String password() {
        return System.getenv("PGPASSWORD");
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        String password = password();
        if (password != null) {
            properties.setProperty("password", password);
        }
        properties.setProperty("ApplicationName", "qroar");
        properties.setProperty("tcpKeepAlive", "true");
        return DriverManager.getConnection(url, properties);
    }

    /** Under a lock: two that find no tables would both make them, and one fail. */
    private void makeTables(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + LOCK_SPACE + ", 0)");
            int layout = TABLES.layout(connection);
            if (layout > LAYOUT) {
                throw newer(layout);
            }
            if (layout < LAYOUT) {
                statement.execute(script());
            }
        }
        connection.commit();
    }

    private BadInput newer(int layout) {
        return new BadInput("journal " + url + " has layout " + layout + "; this version reads up to " + LAYOUT);
    }

    private static String script() {
        try (InputStream in = PostgresJournal.class.getResourceAsStream("postgres-journal.sql")) {
            if (in == null) {
                throw new IllegalStateException("postgres-journal.sql is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isThere() {
        return true;
    }

    @Override
    public JournalReader open(EventCatalog catalog) {
        Connection connection = null;
        try {
            connection = connect();
            connection.setReadOnly(true);
            // Rows come in portions only outside of auto-commit.
            connection.setAutoCommit(false);
            int layout = TABLES.layout(connection);
            if (layout > LAYOUT) {
                throw newer(layout);
            }
            return JournalReader.of(url, connection, catalog, TABLES);
        } catch (SQLException e) {
            close(connection);
            throw JournalSchema.unreadable(url, 1, e);
        } catch (BadInput e) {
            close(connection);
            throw e;
        }
    }

    @Override
    public Held hold(String persistenceId) {
        Connection connection = null;
        try {
            connection = connect();
            makeTables(connection);
            connection.setAutoCommit(true);
            if (!tryLock(connection, persistenceId)) {
                throw new BadInput(
                        "run " + persistenceId + " in " + url + " is in use by " + holder(connection, persistenceId));
            }
            note(connection, persistenceId);
            Connection held = connection;
            return () -> close(held);
        } catch (SQLException e) {
            close(connection);
            throw new BadInput("journal " + url + " cannot be locked: " + JournalSchema.oneLine(e), e);
        } catch (BadInput e) {
            close(connection);
            throw e;
        }
    }

    @Override
    public String cut(String persistenceId, EventCatalog catalog) {
        JournalSoundness found;
        try (JournalReader reader = open(catalog)) {
            found = reader.check(persistenceId, JournalReader.Depth.CHECKSUMS);
        }
        try (Connection connection = connect()) {
            makeTables(connection);
            setAside(connection, "event_journal", persistenceId, "sequence_number > " + found.events());
            setAside(connection, "snapshot", persistenceId, "not " + in(found.soundSnapshots()));
            connection.commit();
            return "the tables event_journal_aside and snapshot_aside";
        } catch (SQLException e) {
            throw new BadInput("journal " + url + " cannot be cut: " + JournalSchema.oneLine(e), e);
        }
    }

    @Override
    public void keepSnapshots(String persistenceId, List<Long> numbers) {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            setAside(connection, "snapshot", persistenceId, "not " + in(numbers));
            connection.commit();
        } catch (SQLException e) {
            throw new BadInput("journal " + url + ": a snapshot cannot be set aside: " + JournalSchema.oneLine(e), e);
        }
    }

    private static String in(List<Long> numbers) {
        return numbers.isEmpty()
                ? "(false)"
                : "(sequence_number in ("
                        + numbers.stream().map(String::valueOf).collect(Collectors.joining(", ")) + "))";
    }

    private static void setAside(Connection connection, String table, String persistenceId, String which)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists " + table + "_aside as"
                    + " select now() as set_aside, * from " + table + " limit 0");
        }
        String rows = " from " + table + " where persistence_id = ? and " + which;
        for (String sql : List.of("insert into " + table + "_aside select now(), *" + rows, "delete" + rows)) {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, persistenceId);
                statement.execute();
            }
        }
    }

    private static boolean tryLock(Connection connection, String persistenceId) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select pg_try_advisory_lock(" + LOCK_SPACE + ", hashtext(?))")) {
            statement.setString(1, persistenceId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private static String holder(Connection connection, String persistenceId) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select holder from qroar_holder where persistence_id = ?")) {
            statement.setString(1, persistenceId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : "another process";
            }
        }
    }

    private static void note(Connection connection, String persistenceId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("insert into qroar_holder values (?, ?)"
                + " on conflict (persistence_id) do update set holder = excluded.holder")) {
            statement.setString(1, persistenceId);
            statement.setString(2, RunLock.Holder.ofThisProcess().toString());
            statement.execute();
        }
    }

    private static void close(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            LOG.info("a connection to the journal could not be closed: {}", JournalSchema.oneLine(e));
        }
    }

    @Override
    public String toString() {
        return url;
    }
}
