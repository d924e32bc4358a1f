package qroar.protocol.trial;

/** What a worker streams while a trial runs, in the order of the plan's windows. */
public sealed interface Measurement
        permits ModelLoaded,
                WindowLoss,
                LayerActivations,
                ScaleGradient,
                TrialCost,
                Measurement.Pulse,
                Measurement.Progress {
    /** "I am still here": sent while nothing is ready. It measures nothing and says nothing of progress. */
    record Pulse() implements Measurement {}

    /**
     * A pulse of a worker that has its model and reads documents.
     *
     * @param blocks decoder blocks of this attempt's passes that were begun so far; a pass that lives begins more
     */
    record Progress(long blocks) implements Measurement {
        public Progress {
            if (blocks < 0) {
                throw new IllegalArgumentException("blocks must not be negative: " + blocks);
            }
        }
    }
}
