package qroar.orchestrator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.torch.DeviceOutOfMemory;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/**
 * Measures truly until one of its faults is due, and writes down what it computed: a line {@code TRIAL FROM TO} for the
 * windows of a document that are read again, one {@code TRIAL WINDOW} for each window that is new, {@code hung MILLIS} or
 * {@code hung-at-once MILLIS} when it hangs, and {@code cramped} for a trial without room for its chunks.
 */
final class FaultyMeasurer implements TrialMeasurer {
    private static final double WRONG_NATS = 1_000;
    /** Of 8 MiB each: more than the heap of any test. */
    private static final int MANY = 10_000;

    private final TrialMeasurer real;
    private final List<Fault> faults;
    private final Path log;
    private final Path release;
    private final CrampedDevice device;
    private final AtomicInteger opened = new AtomicInteger();
    private final Set<Fault> over = ConcurrentHashMap.newKeySet();

    /**
     * @param device that it measures on
     * @param log where computed windows are written down
     * @param release the file that ends hanging and crawling
     */
    FaultyMeasurer(TrialMeasurer real, CrampedDevice device, List<Fault> faults, Path log, Path release) {
        this.device = device;
        this.real = real;
        this.faults = List.copyOf(faults);
        this.log = log;
        this.release = release;
    }

    @Override
    public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        int ordinal = opened.incrementAndGet();
        List<Fault> due =
                faults.stream().filter(fault -> fault.befalls(ordinal, spec)).toList();
        device.hasRoomFor(due.stream()
                .filter(fault -> fault.kind() == Fault.Kind.CHUNK_MEMORY)
                .mapToLong(Fault::worth)
                .min()
                .orElse(Long.MAX_VALUE));
        String trial = spec.key().hex().substring(0, 16);
        Cursor cursor = real.open(spec, firstWindow, cancellation);
        note(trial + " " + documentStart(spec.plan().windows(), firstWindow) + " " + firstWindow);
        if (due.stream().anyMatch(fault -> fault.kind() == Fault.Kind.CHUNK_MEMORY)) {
            note("cramped");
        }
        return new FaultyCursor(cursor, due, trial, cancellation);
    }

    private static int documentStart(List<WindowSpan> windows, int window) {
        int first = window;
        while (first > 0
                && first < windows.size()
                && windows.get(first - 1).document() == windows.get(window).document()) {
            first--;
        }
        return first;
    }

    private void note(String line) {
        try {
            Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class FaultyCursor implements Cursor {
        private final Cursor cursor;
        private final List<Fault> due;
        private final String trial;
        private final Cancellation cancellation;
        private int measured;

        FaultyCursor(Cursor cursor, List<Fault> due, String trial, Cancellation cancellation) {
            this.cancellation = cancellation;
            this.cursor = cursor;
            this.due = due;
            this.trial = trial;
        }

        @Override
        public @Nullable Measurement next() {
            Measurement measurement = cursor.next();
            if (measurement instanceof WindowLoss window) {
                note(trial + " " + window.index());
                measured++;
                WindowLoss spoiled = window;
                for (Fault fault : due) {
                    if (window.index() >= fault.window()
                            && isDue(fault)
                            && (!fault.isOfOneReading() || over.add(fault))) {
                        spoiled = befall(fault, spoiled);
                    }
                }
                return spoiled;
            }
            return measurement;
        }

        private boolean isDue(Fault fault) {
            return switch (fault.kind()) {
                case HANG -> measured > 1;
                case HANG_FIRST -> measured == 1;
                default -> true;
            };
        }

        private WindowLoss befall(Fault fault, WindowLoss window) {
            switch (fault.kind()) {
                case DEVICE_MEMORY ->
                    throw new DeviceOutOfMemory(
                            "no memory for window " + window.index(), new IllegalStateException("injected"));
                case HEAP -> throw new IllegalStateException("there is room for " + fillHeap() + " more");
                case CHUNK_MEMORY -> {
                    return window; // the device's affair
                }
                case HANG, HANG_FIRST -> {
                    boolean first = fault.kind() == Fault.Kind.HANG_FIRST;
                    note((first ? "hung-at-once " : "hung ") + System.currentTimeMillis());
                    waitUntil(() -> Files.exists(release) || first && cancellation.isRaised());
                    return new WindowLoss(window.index(), window.tokens(), window.nllNats() + WRONG_NATS);
                }
                case SLOW -> crawl(fault.worth());
                case NAN -> {
                    return new WindowLoss(window.index(), window.tokens(), Double.NaN);
                }
                case POISON -> throw new IllegalStateException("poisoned window " + window.index());
            }
            return window;
        }

        private void crawl(long millis) {
            long until = System.nanoTime() + Duration.ofMillis(millis).toNanos();
            while (System.nanoTime() < until && !Files.exists(release)) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        }

        private void waitUntil(BooleanSupplier over) {
            while (!over.getAsBoolean()) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
                Thread.interrupted();
            }
        }

        private int fillHeap() {
            List<long[]> hoard = new ArrayList<>();
            while (hoard.size() < MANY) {
                hoard.add(new long[1 << 20]);
            }
            return hoard.size();
        }

        @Override
        public void close() {
            cursor.close();
        }
    }
}
