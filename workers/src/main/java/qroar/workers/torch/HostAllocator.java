package qroar.workers.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the C library keeps of freed memory. glibc serves blocks of up to 32 MiB from arenas as soon as one of that size was
 * freed once, several arenas for as many threads, and gives an arena back only from its end: one small block that lives there
 * keeps all before it, so that hours of passes of many sizes pile up gigabytes that nobody uses. {@code malloc_trim} gives
 * back the pages in between too. Other C libraries have no such call, and other habits.
 */
final class HostAllocator {
    /** It walks through all arenas, which takes milliseconds. */
    private static final long SELDOM_NANOS = Duration.ofSeconds(10).toNanos();

    private static final AtomicLong LAST_NANOS = new AtomicLong(System.nanoTime() - SELDOM_NANOS);

    private HostAllocator() {}

    private static final class Holder {
        private static final @Nullable Function TRIM = find();

        private static @Nullable Function find() {
            try {
                return NativeLibrary.getInstance("c").getFunction("malloc_trim");
            } catch (LinkageError absent) {
                return null;
            }
        }
    }

    /** Whether this C library can be asked. */
    static boolean canRelease() {
        return Holder.TRIM != null;
    }

    /** Gives back what is free. */
    static void release() {
        Function trim = Holder.TRIM;
        if (trim != null) {
            LAST_NANOS.set(System.nanoTime());
            trim.invokeInt(new Object[] {0L});
        }
    }

    /** The same unless that was done a moment ago. */
    static void releaseNowAndThen() {
        long last = LAST_NANOS.get();
        long now = System.nanoTime();
        if (now - last >= SELDOM_NANOS && LAST_NANOS.compareAndSet(last, now)) {
            release();
        }
    }
}
