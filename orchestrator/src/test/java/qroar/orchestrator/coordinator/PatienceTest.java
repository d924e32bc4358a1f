package qroar.orchestrator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.coordinator.Patience.Limits;
import qroar.protocol.trial.Measurement;

class PatienceTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long LOOK = SECOND / 2;
    private static final Limits LIMITS =
            new Limits(Duration.ofSeconds(3), Duration.ofMinutes(30), Duration.ofSeconds(30));

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

    /** Signs each half second, of a worker that is idle and busy for these shares of the time; as {@link #pulses}. */
    private static long signs(Patience patience, long until, double idle, double busy) {
        for (long now = LOOK; now <= until; now += LOOK) {
            patience.exerted(now, new Measurement.Exertion(3, (long) (idle * now), (long) (busy * now)));
            patience.looked(now, LOOK);
            if (patience.overdue(now) != null) {
                return now;
            }
        }
        return until;
    }

    @Test
    void workerThatDoesNothingAlthoughItCouldHangs() {
        assertThat(signs(new Patience(LIMITS, 0), 3600 * SECOND, 1, 0)).isBetween(30 * SECOND, 31 * SECOND);
    }

    @Test
    void loadingThatComesNoFurtherIsFoundInMinutes() {
        Patience patience = new Patience(LIMITS, 0);
        long hungAt = 0;
        for (long now = LOOK; now <= 3600 * SECOND && hungAt == 0; now += LOOK) {
            // A step a minute for ten minutes, none after; nothing is computed, as with a disk that is slow.
            long steps = Math.min(10, 1 + now / (60 * SECOND));
            patience.loading(now, new Measurement.Loading(steps, now, 0));
            patience.looked(now, LOOK);
            hungAt = patience.overdue(now) == null ? 0 : now;
        }
        assertThat(hungAt).as("ten times the longest step").isBetween(19 * 60 * SECOND, 20 * 60 * SECOND);
        assertThat(patience.overdue(hungAt)).contains("came no further").contains("making its model ready");

        Patience quick = new Patience(LIMITS, 0);
        for (long now = LOOK; now <= 60 * SECOND; now += LOOK) {
            quick.loading(now, new Measurement.Loading(now / LOOK, now, 0));
        }
        long after = 60 * SECOND;
        while (quick.overdue(after) == null) {
            after += LOOK;
            quick.loading(after, new Measurement.Loading(120, after, 0));
        }
        assertThat(after - 60 * SECOND).as("ten times the floor").isEqualTo(300 * SECOND + LOOK);
    }

    @Test
    void loadingThatComputesIsNoHangBeforeItsTimeOfTheProcessorIsUp() {
        Patience patience = new Patience(LIMITS, 0);
        long now = 0;
        while (patience.overdue(now) == null) {
            now += LOOK;
            patience.loading(now, new Measurement.Loading(3, 0, now));
        }
        assertThat(now).isBetween(30 * 60 * SECOND, 30 * 60 * SECOND + 2 * LOOK);
        assertThat(patience.overdue(now)).contains("computed for");
    }

    @Test
    void workerThatIsKeptFromComputingIsWaitedForForDays() {
        long days = 3 * 24 * 3600 * SECOND;
        // A thirtieth of a processor, no time idle: others have the rest.
        Patience patience = new Patience(LIMITS, 0);
        long blocks = 0;
        for (long now = LOOK; now <= days; now += LOOK) {
            blocks += now % (60 * SECOND) == 0 ? 1 : 0;
            patience.exerted(now, new Measurement.Exertion(blocks, 0, now / 30));
            patience.looked(now, LOOK);
            assertThat(patience.overdue(now)).isNull();
        }
        assertThat(signs(new Patience(LIMITS, 0), days, 0, 0)).isEqualTo(days);
    }

    @Test
    void computingInVainHasABoundInProcessorTime() {
        Patience patience = new Patience(LIMITS, 0);
        assertThat(signs(patience, 24 * 3600 * SECOND, 0, 0.5)).isBetween(3600 * SECOND, 3602 * SECOND);
        assertThat(patience.overdue(3602 * SECOND)).contains("computed for");
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

    /** A worker that begins a block as often and says so; returns when it has begun the last. */
    private static long reads(Patience patience, long from, long every, long firstBlock, int count) {
        long now = from;
        for (int block = 0; block < count; block++) {
            now = progress(patience, now, now + every, firstBlock + block);
            assertThat(patience.overdue(now)).as("block " + block).isNull();
        }
        return now;
    }

    /** The same sign of life each half second; returns the first instant of impatience. */
    private static long progress(Patience patience, long from, long until, long blocks) {
        for (long now = from + LOOK; now <= until; now += LOOK) {
            patience.progressed(now, now == until ? blocks : Math.max(0, blocks - 1));
            patience.looked(now, LOOK);
            if (patience.overdue(now) != null) {
                return now;
            }
        }
        return until;
    }

    @Test
    void hangBeforeTheFirstWindowIsFoundByTheBlocksThatDoNotFollow() {
        Patience patience = new Patience(LIMITS, 0);
        long loaded = pulses(patience, 0, 1200 * SECOND);
        long hung = reads(patience, loaded, SECOND, 1, 20);
        long found = progress(patience, hung, hung + 900 * SECOND, 21);
        assertThat(found - hung).isEqualTo(30 * SECOND + LOOK);
        assertThat(patience.overdue(found))
                .contains("came no further for 30.5 s")
                .contains("before its first window");
    }

    @Test
    void deadlineOfABlockIsLearnedFromTheBlocksBeforeIt() {
        Patience patience = new Patience(LIMITS, 0);
        long hung = reads(patience, 0, 20 * SECOND, 1, 4);
        assertThat(progress(patience, hung, hung + 900 * SECOND, 5) - hung).isEqualTo(200 * SECOND + LOOK);
    }

    @Test
    void blocksMayStandStillForAsLongAsTheyWereRead() {
        Patience patience = new Patience(LIMITS, 0);
        long hung = reads(patience, 0, SECOND, 1, 600);
        assertThat(progress(patience, hung, hung + 900 * SECOND, 601) - hung).isEqualTo(600 * SECOND + LOOK);
    }

    @Test
    void firstWindowIsNeverOverdueWhileBlocksFollowOneAnother() {
        Patience patience = new Patience(LIMITS, 0);
        long read = reads(patience, 0, 10 * SECOND, 1, 1000);
        assertThat(read).isGreaterThan(LIMITS.first().toNanos());
        patience.measured(read, true);
        patience.awaits(read);
        assertThat(pulses(patience, read, read + 60 * SECOND)).isEqualTo(read + 60 * SECOND);
    }

    @Test
    void firstBlockMayTakeMinutesButNotHalfAnHour() {
        Patience patience = new Patience(LIMITS, 0);
        long loaded = pulses(patience, 0, 60 * SECOND);
        assertThat(progress(patience, loaded, loaded + 900 * SECOND, 1) - loaded)
                .isEqualTo(300 * SECOND + LOOK);
    }

    @Test
    void blocksBegunBeforeTheFirstSignOfLifeCountToo() {
        Patience patience = new Patience(LIMITS, 0);
        patience.looked(LOOK, LOOK);
        patience.looked(SECOND, LOOK);
        patience.progressed(SECOND, 12);
        assertThat(progress(patience, SECOND, 900 * SECOND, 13) - SECOND).isEqualTo(30 * SECOND + LOOK);
    }

    @Test
    void pauseOfThisProcessIsNotTakenForAHungBlock() {
        Patience patience = new Patience(LIMITS, 0);
        long before = reads(patience, 0, SECOND, 1, 20);
        long woken = before + 3600 * SECOND;
        patience.looked(woken, LOOK);
        assertThat(patience.overdue(woken)).isNull();
        long found = progress(patience, woken, woken + 900 * SECOND, 21);
        assertThat(found - woken).isBetween(29 * SECOND, 31 * SECOND);
    }

    @Test
    void timeWithoutDemandIsNotTakenForAHungBlock() {
        Patience patience = new Patience(LIMITS, 0);
        long before = reads(patience, 0, SECOND, 1, 20);
        patience.awaits(before + 3600 * SECOND);
        assertThat(patience.overdue(before + 3601 * SECOND)).isNull();
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
}
