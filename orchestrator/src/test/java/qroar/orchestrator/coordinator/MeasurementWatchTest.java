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
import qroar.orchestrator.coordinator.MeasurementWatch.Limits;
import qroar.orchestrator.coordinator.MeasurementWatch.Patience;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.WindowLoss;

class MeasurementWatchTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long LOOK = SECOND / 2;
    private static final Limits LIMITS =
            new Limits(Duration.ofSeconds(3), Duration.ofMinutes(30), Duration.ofSeconds(30));
    private static final ActorTestKit KIT = ActorTestKit.create("measurement-watch");

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    /** A worker that sends a pulse each half second up to this instant; returns the first instant of impatience. */
    private static long pulses(Patience patience, long from, long until) {
        for (long now = from + LOOK; now <= until; now += LOOK) {
            patience.heard(now);
            patience.looked(now, LOOK);
            if (patience.overdue(now) != null) {
                return now;
            }
        }
        return until;
    }

    @Test
    void silenceIsDeathAfterThreeSeconds() {
        Patience patience = new Patience(LIMITS, 0);
        assertThat(pulses(patience, 0, 10 * SECOND)).isEqualTo(10 * SECOND);
        assertThat(patience.overdue(13 * SECOND)).isNull();
        assertThat(patience.overdue(13 * SECOND + 1))
                .contains("no sign of life")
                .contains("3.0 s");
    }

    @Test
    void loadingMayTakeMinutesAndPulsesDoNotExtendItForEver() {
        Patience patience = new Patience(LIMITS, 0);
        assertThat(pulses(patience, 0, 29 * 60 * SECOND)).isEqualTo(29 * 60 * SECOND);
        assertThat(pulses(patience, 29 * 60 * SECOND, 40 * 60 * SECOND)).isEqualTo(30 * 60 * SECOND + LOOK);
    }

    @Test
    void deadlineOfAWindowIsLearnedFromTheWindowsBeforeIt() {
        Patience patience = new Patience(LIMITS, 0);
        long now = 0;
        for (int window = 0; window < 5; window++) {
            patience.awaits(now);
            now = pulses(patience, now, now + 6 * SECOND);
            patience.measured(now, true);
        }
        patience.awaits(now);
        assertThat(pulses(patience, now, now + 500 * SECOND) - now).isEqualTo(60 * SECOND + LOOK);
        assertThat(patience.overdue(now + 61 * SECOND)).contains("measured nothing for");
    }

    @Test
    void whatTookLongOnceMayTakeAsLongAgain() {
        Patience patience = new Patience(LIMITS, 0);
        long loaded = pulses(patience, 0, 300 * SECOND);
        patience.measured(loaded, true);
        patience.awaits(loaded);
        assertThat(pulses(patience, loaded, loaded + 500 * SECOND) - loaded).isEqualTo(300 * SECOND + LOOK);
    }

    @Test
    void pauseOfThisProcessIsNotTakenForTheDeathOfAWorker() {
        Patience patience = new Patience(LIMITS, 0);
        pulses(patience, 0, 10 * SECOND);
        long woken = 70 * SECOND;
        patience.looked(woken, LOOK);
        assertThat(patience.overdue(woken)).isNull();
        assertThat(patience.overdue(woken + 3 * SECOND)).isNotNull();
    }

    @Test
    void timeWithoutDemandDoesNotCount() {
        Patience patience = new Patience(LIMITS, 0);
        patience.measured(SECOND, true);
        patience.awaits(600 * SECOND);
        assertThat(patience.overdue(602 * SECOND)).isNull();
    }

    @Test
    void pulsesAreSwallowedAndTheRestPassesInOrder() {
        List<Measurement> measurements =
                List.of(new WindowLoss(0, 2, 1.5), new WindowLoss(1, 2, 2.5), new TrialCost(4, 10));
        assertThat(Source.from(measurements)
                        .intersperse(new Measurement.Pulse())
                        .via(new MeasurementWatch(LIMITS))
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
