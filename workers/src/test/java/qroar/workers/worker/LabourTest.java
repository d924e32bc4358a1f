package qroar.workers.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LabourTest {
    /** Does nothing for some time, although it could. */
    private static long idleNanos(Labour labour) {
        labour.begin();
        labour.sums();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        labour.end();
        return labour.sums().idleNanos();
    }

    /** Windows may come by the thousand a second; only signs of life look at what the threads did. */
    @Test
    void workThatNobodyAsksAboutIsNotLookedAt() {
        AtomicInteger looks = new AtomicInteger();
        Labour labour = new Labour(() -> looks.incrementAndGet() < 0);
        for (int window = 0; window < 20; window++) {
            labour.begin();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            labour.end();
        }
        assertThat(looks).hasValue(0);
        assertThat(labour.sums()).isEqualTo(new Labour.Sums(0, 0));
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
