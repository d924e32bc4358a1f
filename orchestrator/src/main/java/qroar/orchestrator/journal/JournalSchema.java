package qroar.orchestrator.journal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.protocol.BadInput;
import qroar.protocol.StorageFault;
import qroar.protocol.storage.DiskProbe;

/** The tables of an embedded journal, made on first use, and how its file is opened. */
final class JournalSchema {
    /** {@code pragma user_version}: raised when a table changes. */
    static final int LAYOUT = 2;
    /** {@code pragma application_id}, "qror": tells a journal from any other SQLite file. */
    static final int APPLICATION_ID = 0x71726f72;

    /** The same for readers. */
    static final JournalTables TABLES = new JournalTables() {
        @Override
        public int layout(Connection connection) throws SQLException {
            return JournalSchema.layout(connection);
        }

        @Override
        public @Nullable String broken(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("pragma integrity_check(1)")) {
                String found = rows.next() ? rows.getString(1) : "it says nothing";
                return "ok".equals(found) ? null : found.replaceAll("[\\r\\n]+", " ");
            }
        }

        @Override
        public boolean isForOneRun() {
            return true;
        }
    };

    /** A fresh file with its tables, and what SQLite keeps beside it. */
    private static final long FRESH_BYTES = 1L << 18;

    private static final int SMALLEST_PAGE_BYTES = 512;

    private static final String BUSY_TIMEOUT_MILLIS = "10000";
    /**
     * SQLite's results ERROR, CORRUPT, TOOBIG, MISMATCH, FORMAT and NOTADB; the first because an error in our own words
     * means that the tables are not ours any more.
     */
    private static final Set<Integer> DAMAGE = Set.of(1, 11, 18, 20, 24, 26);

    private JournalSchema() {}

    static String url(Path journalFile) {
        SqliteLibrary.prepare();
        String path = journalFile.toAbsolutePath().normalize().toString();
        if (path.indexOf('?') >= 0) {
            throw new BadInput("journal " + path + ": a path with '?' cannot be opened; choose another folder");
        }
        return "jdbc:sqlite:" + path;
    }

    /**
     * Makes the file with its tables, where it is not there yet.
     *
     * @throws StorageFault when its disk has no room
     */
    static void makeIn(Path journalFile) {
        Path file = journalFile.toAbsolutePath();
        if (Files.isDirectory(file)) {
            throw new BadInput("journal " + file + " is a folder; a file is needed");
        }
        Path folder = file.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new BadInput("journal " + file + " cannot be created: " + folder + " is no folder");
        }
        Properties pragmas = new Properties();
        pragmas.setProperty("journal_mode", "WAL");
        pragmas.setProperty("synchronous", "FULL");
        pragmas.setProperty("busy_timeout", BUSY_TIMEOUT_MILLIS);
        try (Connection connection = DriverManager.getConnection(url(file), pragmas)) {
            requireOurs(file, connection);
            create(connection);
        } catch (SQLException e) {
            SqliteLibrary.requireLoaded(e);
            throw isDamage(e) ? new JournalDamage(file.toString(), 1, oneLine(e)) : notOpened(file, folder, e);
        }
    }

    /** A library says that a file cannot be opened, and not why: where the disk is at fault, it says so when asked. */
    private static RuntimeException notOpened(Path file, Path folder, SQLException e) {
        String line = "journal " + file + " cannot be opened for writing: " + oneLine(e);
        String refusal = DiskProbe.refusal(folder, FRESH_BYTES);
        IOException told = new IOException(refusal == null ? oneLine(e) : refusal);
        if (!StorageFault.isPassing(told)) {
            return new BadInput(line, e);
        }
        return new StorageFault(refusal == null ? line : line + " (" + refusal + ")", e);
    }

    /** Whether the database is not what was written, rather than out of reach. */
    static boolean isDamage(SQLException e) {
        if (DAMAGE.contains(e.getErrorCode()) || String.valueOf(e.getMessage()).contains("SHORT_READ")) {
            return true;
        }
        // PostgreSQL: data_corrupted and index_corrupted.
        return String.valueOf(e.getSQLState()).startsWith("XX0")
                || e.getCause() instanceof SQLException cause && isDamage(cause);
    }

    /** @param number of the event that could not be read */
    static RuntimeException unreadable(String place, long number, SQLException e) {
        SqliteLibrary.requireLoaded(e);
        return isDamage(e)
                ? new JournalDamage(place, number, oneLine(e))
                : new BadInput("journal " + place + " cannot be read: " + oneLine(e), e);
    }

    /** For reading beside a writer: takes no lock that a writer would notice. */
    static Connection openReadOnly(Path journalFile) {
        if (!Files.isRegularFile(journalFile)) {
            throw new BadInput("journal " + journalFile + " does not exist");
        }
        Properties pragmas = new Properties();
        pragmas.setProperty("open_mode", "1");
        pragmas.setProperty("busy_timeout", BUSY_TIMEOUT_MILLIS);
        Connection connection = null;
        try {
            connection = DriverManager.getConnection(url(journalFile), pragmas);
            requireOurs(journalFile, connection);
            return connection;
        } catch (SQLException e) {
            close(connection);
            throw unreadable(journalFile.toString(), 1, e);
        } catch (BadInput | JournalDamage e) {
            close(connection);
            throw e;
        }
    }

    private static void close(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException ignored) {
            // What is reported is why it could not be used.
        }
    }

    private static void requireOurs(Path file, Connection connection) throws SQLException {
        // Of a file shorter than its smallest page SQLite says nothing, and takes it for one that is still empty.
        long bytes = file.toFile().length();
        if (bytes > 0 && bytes < SMALLEST_PAGE_BYTES) {
            throw new JournalDamage(file.toString(), 1, "it was cut to " + bytes + " bytes");
        }
        // A writer may be making the tables, in one transaction. Who reads its mark last never sees tables without it.
        int schema = pragma(connection, "schema_version");
        int layout = layout(connection);
        int application = pragma(connection, "application_id");
        boolean untouched = application == 0 && layout == 0 && schema == 0;
        if (application != APPLICATION_ID && !untouched) {
            throw new BadInput("journal " + file + " is a database of another program");
        }
        if (application == APPLICATION_ID && layout < 1) {
            throw new JournalDamage(file.toString(), 1, "the number of its layout is " + layout);
        }
        if (layout > LAYOUT) {
            throw new BadInput("journal " + file + " has layout " + layout + "; this version reads up to " + LAYOUT);
        }
    }

    /** 0 in the moments between the making of the file and that of its tables, and after a kill in between. */
    private static int layout(Connection connection) throws SQLException {
        return pragma(connection, "user_version");
    }

    private static void create(Connection connection) throws SQLException {
        if (layout(connection) == LAYOUT) {
            return;
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (String sql : script().split(";\\s*")) {
                if (!sql.isBlank()) {
                    statement.execute(sql);
                }
            }
            // What an older layout holds has no checksums.
            statement.execute("insert into qroar_begun_unsealed select distinct persistence_id from event_journal");
            statement.execute("pragma application_id = " + APPLICATION_ID);
            statement.execute("pragma user_version = " + LAYOUT);
        }
        connection.commit();
    }

    private static int pragma(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("pragma " + name)) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    private static String script() {
        try (InputStream in = JournalSchema.class.getResourceAsStream("embedded-journal.sql")) {
            if (in == null) {
                throw new IllegalStateException("embedded-journal.sql is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The innermost cause: the driver's own message may only say that a connection was wanted. */
    static String oneLine(SQLException e) {
        Throwable innermost = e;
        while (innermost.getCause() != null && innermost.getCause() != innermost) {
            innermost = innermost.getCause();
        }
        return String.valueOf(innermost.getMessage()).lines().findFirst().orElse("no cause given");
    }
}
