package qroar.orchestrator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.coordinator.Patience.Limits;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.WindowLoss;

class MeasurementWatchTest {
    private static final ActorTestKit KIT = ActorTestKit.create("measurement-watch");

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void pulsesAreSwallowedAndTheRestPassesInOrder() {
        List<Measurement> measurements =
                List.of(new WindowLoss(0, 2, 1.5), new WindowLoss(1, 2, 2.5), new TrialCost(4, 10));
        Limits patient = new Limits(Duration.ofMinutes(30), Duration.ofMinutes(30), Duration.ofMinutes(30));
        assertThat(Source.from(measurements)
                        .intersperse(new Measurement.Pulse())
                        .intersperse(new Measurement.Progress(3))
                        .via(new MeasurementWatch(patient))
                        .runWith(Sink.seq(), KIT.system())
                        .toCompletableFuture()
                        .join())
                .isEqualTo(measurements);
    }

    @Test
    void deadPeerFailsTheStream() {
        Limits quick = new Limits(Duration.ofMillis(100), Duration.ofMinutes(30), Duration.ofSeconds(30));
        assertThatThrownBy(() -> Source.<Measurement>maybe()
                        .via(new MeasurementWatch(quick))
                        .runWith(Sink.seq(), KIT.system())
                        .toCompletableFuture()
                        .join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(MeasurementWatch.Overdue.class)
                .hasMessageContaining("no sign of life");
    }
}
