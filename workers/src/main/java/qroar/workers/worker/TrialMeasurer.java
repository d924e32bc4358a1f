package qroar.workers.worker;

import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;

/** Evaluates trials. Implementations are thread-safe; a cursor belongs to one thread at a time. */
public interface TrialMeasurer {
    /**
     * Begins a trial, loading what it needs. Blocks.
     *
     * @param firstWindow index of the first window wanted; the document that holds it is read from its start
     * @param cancellation polled between decoder blocks; when it is curtailed, the cursor ends with its cost as soon as it has
     *     given the last window before that
     * @throws qroar.protocol.BadInput when no attempt can ever succeed
     * @throws NotHere when this machine lacks what the trial names, or could never hold it
     * @throws NoRoom when others hold the memory that it takes
     */
    Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation);

    /**
     * Whether the device computes at the moment, for this process or another: a trial that waits for it is kept from
     * computing, and not hung. Returns at once; false where that is not known.
     */
    default boolean isDeviceComputing() {
        return false;
    }

    /** The measurements of one trial, in order. */
    interface Cursor extends AutoCloseable {
        /**
         * Computes up to the next measurement. Blocks for at most one chunk, or in layer order for a group of documents.
         *
         * @return null after the last one, a {@link qroar.protocol.trial.TrialCost}
         * @throws CancelledTrialException soon after the cancellation was raised
         * @throws NoRoom when others have come to need the memory
         */
        @Nullable Measurement next();

        /** Frees native memory; idempotent. */
        @Override
        void close();
    }
}
