package qroar.orchestrator.coordinator;

import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.typed.javadsl.ActorSink;
import qroar.orchestrator.coordinator.CoordinatorCommand.Measured;
import qroar.orchestrator.coordinator.CoordinatorCommand.StreamAck;
import qroar.orchestrator.coordinator.CoordinatorCommand.StreamClosed;
import qroar.orchestrator.coordinator.CoordinatorCommand.StreamOpened;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;

/**
 * Brings a worker's measurements to the coordinator. While a batch is being made durable the next one gathers here, so
 * one disk write covers whatever arrived meanwhile; beyond {@link #MAX_BATCH_WEIGHT} the worker waits.
 */
final class MeasurementIntake {
    /** Bounds a batch and so the memory of a slow journal: a window weighs 1, a layer's histograms 16. */
    private static final long MAX_BATCH_WEIGHT = 64;

    private MeasurementIntake() {}

    static UniqueKillSwitch run(
            ActorSystem<?> system,
            Lease lease,
            SourceRef<Measurement> measurements,
            Patience.Limits limits,
            ActorRef<CoordinatorCommand> coordinator) {
        return measurements
                .getSource()
                .viaMat(KillSwitches.single(), Keep.right())
                .via(new MeasurementWatch(limits))
                .batchWeighted(
                        MAX_BATCH_WEIGHT,
                        measurement -> measurement instanceof LayerActivations ? 16L : 1L,
                        MeasurementIntake::first,
                        MeasurementIntake::append)
                // The sink's own default would queue 16 batches of one measurement each.
                .to(ActorSink.<List<Measurement>, CoordinatorCommand, StreamAck>actorRefWithBackpressure(
                                coordinator,
                                (ackTo, batch) -> new Measured(lease, List.copyOf(batch), ackTo),
                                ackTo -> new StreamOpened(lease, ackTo),
                                StreamAck.DURABLE,
                                new StreamClosed(lease, null),
                                failure -> new StreamClosed(lease, failure))
                        .addAttributes(Attributes.inputBuffer(1, 1)))
                .run(system);
    }

    private static List<Measurement> first(Measurement measurement) {
        List<Measurement> batch = new ArrayList<>();
        batch.add(measurement);
        return batch;
    }

    private static List<Measurement> append(List<Measurement> batch, Measurement measurement) {
        batch.add(measurement);
        return batch;
    }
}
