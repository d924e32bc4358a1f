package qroar.workers.worker;

import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Source;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;

/**
 * A trial as a stream. Demand drives the forward pass: nothing is computed that nobody asked for, but for the one
 * element that waits in the stage. While a block computes, pulses go out from another thread. Completion, failure and
 * cancellation all close the cursor, on the thread that used it.
 */
final class MeasurementSource {
    private static final String FORWARD_DISPATCHER = "qroar.dispatchers.forward";

    /** A coordinator takes a silence of a few of these for the death of the worker's process. */
    private static final Duration PULSE_EVERY = Duration.ofMillis(500);

    private MeasurementSource() {}

    static Source<Measurement, NotUsed> of(
            TrialMeasurer measurer, TrialSpec spec, int firstWindow, Cancellation cancellation) {
        return Source.unfoldResource(
                        () -> measurer.open(spec, firstWindow, cancellation),
                        cursor -> Optional.ofNullable(cursor.next()),
                        TrialMeasurer.Cursor::close)
                .withAttributes(Attributes.inputBuffer(1, 1)
                        .and(ActorAttributes.dispatcher(FORWARD_DISPATCHER))
                        // The worker reports a failure once, with its trial; the stage would report it again.
                        .and(Attributes.createLogLevels(
                                Attributes.logLevelOff(), Attributes.logLevelOff(), Attributes.logLevelOff())))
                .keepAlive(PULSE_EVERY, Measurement.Pulse::new);
    }
}
