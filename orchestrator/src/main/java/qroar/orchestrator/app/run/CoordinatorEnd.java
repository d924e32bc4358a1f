package qroar.orchestrator.app.run;

import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.pattern.CircuitBreakerOpenException;
import org.apache.pekko.persistence.typed.internal.JournalFailureException;
import qroar.orchestrator.app.process.InnermostCause;
import qroar.protocol.OneLine;

/**
 * How a coordinator ended by itself.
 *
 * @param kind whose fault it was
 * @param cause one line
 */
record CoordinatorEnd(Kind kind, String cause) {
    enum Kind {
        /** It was asked to stop. */
        ASKED,
        /** The journal could not be written or read: the disk's or the server's fault, and the run can be taken up. */
        JOURNAL,
        /** What the journal holds does not fit together, although it is what was written, or has no checksums. */
        REPLAY,
        /** A fault of this program. */
        CRASH
    }

    static final CoordinatorEnd ASKED = new CoordinatorEnd(Kind.ASKED, "");

    static CoordinatorEnd of(Throwable failure) {
        boolean journal = false;
        boolean outside = false;
        Throwable innermost = failure;
        for (Throwable t = failure; t != null; t = t.getCause()) {
            journal |= t instanceof JournalFailureException;
            outside |= t instanceof SQLException
                    || t instanceof IOException
                    || t instanceof TimeoutException
                    || t instanceof CircuitBreakerOpenException;
            innermost = t;
        }
        String message =
                OneLine.of(InnermostCause.text(failure).lines().findFirst().orElse(""));
        if (journal && outside) {
            return new CoordinatorEnd(Kind.JOURNAL, message);
        }
        return new CoordinatorEnd(
                journal ? Kind.REPLAY : Kind.CRASH, innermost.getClass().getSimpleName() + ": " + message);
    }

    /** Whether the run can simply be taken up, once what was in the way is mended. */
    boolean isResumable() {
        return kind == Kind.ASKED || kind == Kind.JOURNAL;
    }
}
