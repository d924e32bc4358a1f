package qroar.orchestrator.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import org.apache.pekko.persistence.typed.internal.JournalFailureException;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.app.run.CoordinatorEnd.Kind;

class CoordinatorEndTest {
    @Test
    void onlyADiskOrAServerMakesItTheJournalsFault() {
        Throwable full = new JournalFailureException("Failed to persist", new SQLException("database or disk is full"));
        assertThat(CoordinatorEnd.of(full)).isEqualTo(new CoordinatorEnd(Kind.JOURNAL, "database or disk is full"));
        Throwable wrapped = new JournalFailureException(
                "Failed to persist", new RuntimeException("x", new IOException("No space left on device")));
        assertThat(CoordinatorEnd.of(wrapped).kind()).isEqualTo(Kind.JOURNAL);
    }

    @Test
    void aFaultOfThisProgramIsCalledOneAndIsNoRunToTakeUp() {
        CoordinatorEnd crash = CoordinatorEnd.of(new IllegalStateException("the search is over\nand more"));
        assertThat(crash).isEqualTo(new CoordinatorEnd(Kind.CRASH, "IllegalStateException: the search is over"));
        assertThat(crash.isResumable()).isFalse();
        // Not even where a file had a part in it: the coordinator reads none.
        assertThat(CoordinatorEnd.of(new IllegalStateException(new IOException("gone")))
                        .kind())
                .isEqualTo(Kind.CRASH);
        Throwable replay =
                new JournalFailureException("Exception during recovery", new IllegalStateException("no trial 7"));
        assertThat(CoordinatorEnd.of(replay).kind()).isEqualTo(Kind.REPLAY);
    }
}
