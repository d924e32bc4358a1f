package qroar.orchestrator.journal;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What differs between the databases that a journal may be in. */
interface JournalTables {
    /** Layouts from here on have checksums, and list the runs that were begun without. */
    int WITH_SEALS = 2;

    /** The layout of the tables; 0 where there are none yet. */
    int layout(Connection connection) throws SQLException;

    /** What the database itself finds wrong with its files, or null; takes its time. */
    @Nullable String broken(Connection connection) throws SQLException;

    /** Whether nothing but one run is in here. */
    boolean isForOneRun();
}
