package qroar.workers.worker;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.checkpoint.Headway;

/**
 * A trial as a stream. Demand drives the forward pass: nothing is computed that nobody asked for, but for the one
 * element that waits in the stage. While a block computes, signs of life go out from another thread; they tell what the
 * attempt's threads did with their time, how many steps were taken while the model is made ready, and once it is there how
 * many blocks were begun. Completion, failure and
 * cancellation all close the cursor, on the thread that used it.
 */
final class MeasurementSource {
    private static final String FORWARD_DISPATCHER = "qroar.dispatchers.forward";

    /** A coordinator takes a silence of a few of these for the death of the worker's process. */
    private static final Duration PULSE_EVERY = Duration.ofMillis(500);

    private MeasurementSource() {}

    static Source<Measurement, NotUsed> of(
            TrialMeasurer measurer, Lease lease, TrialSpec spec, int firstWindow, Cancellation cancellation) {
        return of(measurer, lease, spec, firstWindow, cancellation, PULSE_EVERY);
    }

    static Source<Measurement, NotUsed> of(
            TrialMeasurer measurer,
            Lease lease,
            TrialSpec spec,
            int firstWindow,
            Cancellation cancellation,
            Duration pulseEvery) {
        Reading reading = new Reading(cancellation, measurer);
        return Source.unfoldResource(
                        () -> new Opening(() -> {
                            TrialMeasurer.Cursor cursor =
                                    reading.headway.during(() -> measurer.open(spec, firstWindow, cancellation));
                            reading.begin();
                            return cursor;
                        }),
                        opening -> inLogs(lease, () -> reading.working(() -> Optional.ofNullable(opening.next()))),
                        Opening::close)
                .withAttributes(Attributes.inputBuffer(1, 1)
                        .and(ActorAttributes.dispatcher(FORWARD_DISPATCHER))
                        // The worker reports a failure once, with its trial; the stage would report it again.
                        .and(Attributes.createLogLevels(
                                Attributes.logLevelOff(), Attributes.logLevelOff(), Attributes.logLevelOff())))
                .keepAlive(pulseEvery, reading::sign);
    }

    /** What a sign of life says; it is written by one thread and read by another. */
    private static final class Reading {
        private static final long NOT_YET = -1;

        private final Cancellation cancellation;
        private final Labour labour;
        private final Headway headway = new Headway();
        private volatile long askedBefore = NOT_YET;

        Reading(Cancellation cancellation, TrialMeasurer measurer) {
            this.cancellation = cancellation;
            this.labour = new Labour(measurer::isDeviceComputing);
        }

        /** The model is there; whatever was asked until then was no block. */
        void begin() {
            askedBefore = cancellation.timesAsked();
        }

        <T> T working(Supplier<T> work) {
            labour.begin();
            try {
                return work.get();
            } finally {
                labour.end();
            }
        }

        Measurement sign() {
            long before = askedBefore;
            long steps = headway.steps();
            Labour.Sums sums = labour.sums();
            if (before == NOT_YET && steps > 0) {
                return new Measurement.Loading(steps, sums.idleNanos(), sums.busyNanos());
            }
            return new Measurement.Exertion(
                    before == NOT_YET ? Measurement.Exertion.NOT_READING : cancellation.timesAsked() - before,
                    sums.idleNanos(),
                    sums.busyNanos());
        }
    }

    /** Opens with the first demand: a stage that fails while it starts reports that itself, with a trace. */
    private static final class Opening {
        private final Supplier<TrialMeasurer.Cursor> open;
        private TrialMeasurer.@Nullable Cursor cursor;

        Opening(Supplier<TrialMeasurer.Cursor> open) {
            this.open = open;
        }

        @Nullable Measurement next() {
            TrialMeasurer.Cursor opened = cursor == null ? open.get() : cursor;
            cursor = opened;
            return opened.next();
        }

        void close() {
            if (cursor != null) {
                cursor.close();
            }
        }
    }

    /** What is logged meanwhile on this thread names the lease. */
    private static <T> T inLogs(Lease lease, Supplier<T> work) {
        MDC.put("trial", Long.toString(lease.trial()));
        MDC.put("attempt", Integer.toString(lease.attempt()));
        try {
            return work.get();
        } finally {
            MDC.remove("trial");
            MDC.remove("attempt");
        }
    }
}
