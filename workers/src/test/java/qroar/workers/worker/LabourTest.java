package qroar.workers.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LabourTest {
    /** Does nothing for some time, although it could. */
    private static long idleNanos(Labour labour) {
        labour.begin();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        labour.end();
        return labour.sums().idleNanos();
    }

    @Test
    void whoWaitsWhileTheDeviceComputesIsKeptFromComputingAndNotIdle() {
        AtomicBoolean computes = new AtomicBoolean(true);
        Labour labour = new Labour(computes::get);
        assertThat(idleNanos(labour)).isZero();
        computes.set(false);
        assertThat(idleNanos(labour)).isPositive();
    }
}
