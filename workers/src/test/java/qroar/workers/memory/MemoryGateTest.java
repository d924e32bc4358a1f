package qroar.workers.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.NoRoom;
import qroar.workers.worker.NotHere;

class MemoryGateTest {
    private static final long GIB = 1L << 30;
    private static final MemoryNeed NEED = new MemoryNeed(6 * GIB, 2 * GIB, GIB, GIB, 0);

    /** A device of 24 GiB whose memory is set by hand. */
    private static final class Device implements DeviceMemory, MemoryGate.Holdings, MemoryGate.Clock {
        private long own;
        private long others;
        private long models;
        private long idle;
        private long nanos;
        private int pauses;
        private LongConsumer whilePausing = seconds -> {};

        @Override
        public Reading read() {
            return new Reading(24 * GIB, 24 * GIB - own - others, others);
        }

        @Override
        public long modelBytes() {
            return models;
        }

        @Override
        public void releaseIdle() {
            own -= idle;
            models -= idle;
            idle = 0;
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void pause(long nanosLong) {
            nanos += nanosLong;
            pauses++;
            whilePausing.accept(nanos / 1_000_000_000);
        }
    }

    private final Device device = new Device();

    private MemoryGate gate(long cap, long yieldAbove) {
        return new MemoryGate(
                "gpu:0", device, new MemoryGate.Limits(cap, yieldAbove, Duration.ofSeconds(30)), device, device);
    }

    private MemoryGate gate() {
        return gate(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    private static MemoryGate.Permit admit(MemoryGate gate, MemoryNeed need) {
        return gate.admit(need, () -> false, () -> false);
    }

    @Test
    void whatNeverFitsIsRefusedAtOnceWithTheFigures() {
        MemoryNeed large = new MemoryNeed(26 * GIB, GIB, GIB / 4, GIB / 2, 0);
        assertThatThrownBy(() -> admit(gate(), large))
                .isInstanceOf(NotHere.class)
                .hasMessage(
                        "gpu:0 of this machine has 24.0 GiB and the trial needs 27.8 GiB (weights 26.0 GiB, keys and"
                                + " values 1.0 GiB, logits 256.0 MiB, block 512.0 MiB)");
        assertThatThrownBy(() -> admit(gate(9 * GIB, Long.MAX_VALUE), NEED))
                .isInstanceOf(NotHere.class)
                .hasMessageContaining("9.0 GiB to use (--memory)");
        assertThat(device.pauses).isZero();
    }

    @Test
    void whatDoesNotFitNowWaitsForOthersToGo() {
        device.others = 20 * GIB;
        device.whilePausing = seconds -> device.others = seconds < 10 ? 20 * GIB : 2 * GIB;
        admit(gate(), NEED).close();
        assertThat(device.pauses).isBetween(10, 12);
    }

    @Test
    void whoWaitsTooLongIsSentBackWithTheFigures() {
        device.others = 20 * GIB;
        assertThatThrownBy(() -> admit(gate(), NEED))
                .isInstanceOf(NoRoom.class)
                .hasMessage(
                        "a trial needs 10.0 GiB (weights 6.0 GiB, keys and values 2.0 GiB, logits 1.0 GiB, block 1.0"
                                + " GiB) of gpu:0, which has 4.0 GiB free of 24.0 GiB; others hold 20.0 GiB");
        assertThat(device.nanos).isEqualTo(Duration.ofSeconds(30).toNanos());
    }

    @Test
    void idleModelsGoBeforeAnybodyWaits() {
        device.own = device.models = device.idle = 18 * GIB;
        device.whilePausing = seconds -> assertThat(seconds).isLessThan(3);
        admit(gate(), NEED).close();
        assertThat(device.models).isZero();
    }

    @Test
    void aPromiseCountsUntilItIsTaken() {
        MemoryGate gate = gate();
        MemoryGate.Permit first = admit(gate, NEED);
        MemoryGate.Permit second = admit(gate, NEED);
        assertThatThrownBy(() -> admit(gate, NEED)).isInstanceOf(NoRoom.class).hasMessageContaining("has 4.0 GiB free");
        device.own = 10 * GIB;
        first.settle();
        first.settle();
        assertThatThrownBy(() -> admit(gate, NEED)).isInstanceOf(NoRoom.class).hasMessageContaining("has 4.0 GiB free");
        second.close();
        second.close();
        admit(gate, NEED).close();
    }

    @Test
    void aLoadedModelIsNotCountedTwice() {
        device.others = 19 * GIB;
        gate().admit(NEED, () -> true, () -> false).close();
    }

    @Test
    void theCapHoldsForModelsAndPassesTogether() {
        MemoryGate gate = gate(13 * GIB, Long.MAX_VALUE);
        MemoryGate.Permit first = admit(gate, NEED);
        first.settle();
        device.models = 6 * GIB;
        assertThatThrownBy(() -> gate.admit(NEED, () -> true, () -> false))
                .isInstanceOf(NoRoom.class)
                .hasMessageContaining("this process holds 10.0 GiB and may hold 13.0 GiB (--memory)");
        first.close();
        gate.admit(NEED, () -> true, () -> false).close();
    }

    @Test
    void aDeviceIsLeftToOthersWhileTheyHoldMuch() {
        MemoryGate gate = gate(Long.MAX_VALUE, 4 * GIB);
        gate.yieldIfOthersGrew();
        MemoryGate.Permit permit = admit(gate, NEED);
        device.own = device.models = 6 * GIB;
        device.others = 5 * GIB;
        device.nanos += Duration.ofSeconds(5).toNanos();
        assertThatThrownBy(gate::yieldIfOthersGrew)
                .isInstanceOf(NoRoom.class)
                .hasMessage("others hold 5.0 GiB of gpu:0, more than 4.0 GiB (--yield-above): it is left to them");
        permit.close();
        device.idle = device.models;
        gate.afterTrial();
        assertThat(device.models).as("models that stayed").isZero();
        assertThatThrownBy(() -> admit(gate, NEED)).isInstanceOf(NoRoom.class);
        device.others = 4 * GIB;
        admit(gate, NEED).close();
    }

    @Test
    void whoeverIsNotWantedAnyMoreStopsWaiting() {
        device.others = 20 * GIB;
        assertThatThrownBy(() -> gate().admit(NEED, () -> false, () -> device.pauses > 2))
                .isInstanceOf(CancelledTrialException.class);
    }
}
