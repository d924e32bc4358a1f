package qroar.protocol.trial;

/** What a worker streams while a trial runs, in the order of the plan's windows. */
public sealed interface Measurement
        permits ModelLoaded,
                WindowLoss,
                LayerActivations,
                ScaleGradient,
                ReferenceComparison,
                TrialCost,
                Measurement.Pulse,
                Measurement.Progress,
                Measurement.Exertion,
                Measurement.Loading {
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

    /**
     * A pulse that tells what the attempt's threads did with their time. What is in neither sum they were kept from
     * computing, or nobody had asked for anything.
     *
     * @param blocks as in {@link Progress}; {@link #NOT_READING} before the model is there
     * @param idleNanos since the attempt began: did nothing although they could
     * @param busyNanos since the attempt began: at least one of them computed
     */
    record Exertion(long blocks, long idleNanos, long busyNanos) implements Measurement {
        public static final long NOT_READING = -1;

        public Exertion {
            if (blocks < NOT_READING || idleNanos < 0 || busyNanos < 0) {
                throw new IllegalArgumentException(
                        "blocks " + blocks + ", idle " + idleNanos + " ns, busy " + busyNanos + " ns: negative");
            }
        }

        public boolean reads() {
            return blocks != NOT_READING;
        }
    }

    /**
     * A pulse of a worker that makes its model ready: reads, calibrates, quantizes or packs it, or waits for one who does.
     *
     * @param steps that were taken in it so far, such as a tensor read or a sequence passed; work that lives takes more
     * @param idleNanos as in {@link Exertion}
     * @param busyNanos as in {@link Exertion}
     */
    record Loading(long steps, long idleNanos, long busyNanos) implements Measurement {
        public Loading {
            if (steps < 0 || idleNanos < 0 || busyNanos < 0) {
                throw new IllegalArgumentException(
                        "steps " + steps + ", idle " + idleNanos + " ns, busy " + busyNanos + " ns: negative");
            }
        }
    }
}
