package qroar.workers.lending;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.BadInput;
import qroar.workers.torch.CopyStream;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.UnusableDevice;

/**
 * How layers reach a device: plainly, unless {@code QROAR_COPY_STREAM=on} or {@code -Dqroar.copy-stream=on} asks for a copy
 * stream, which no card has run yet. Then an accelerator is tried once: what {@link LaneProof} makes of layers on a copy stream is
 * compared, to the bit, with what it makes of them plainly, and anything but equal results means plainly, with a line in the
 * log.
 */
public final class LaneChoice {
    /** System property, before {@link #VARIABLE} of the environment: {@code on} or {@code off} (default). */
    public static final String PROPERTY = "qroar.copy-stream";

    private static final String VARIABLE = "QROAR_COPY_STREAM";
    private static final Logger LOG = LoggerFactory.getLogger(LaneChoice.class);
    private static final Map<TorchDevice, LaneChoice> CHOSEN = new ConcurrentHashMap<>();

    private final @Nullable Lane shared;
    private final String words;

    private LaneChoice(@Nullable Lane shared, String words) {
        this.shared = shared;
        this.words = words;
    }

    /** @throws BadInput when the setting is neither {@code on} nor {@code off} */
    public static LaneChoice of(TorchDevice device) {
        if (device.kind() == TorchDevice.Kind.CPU) {
            return plainly("read in the background");
        }
        if (!isWanted()) {
            return plainly("copied on the default stream (the copy stream is off; " + VARIABLE + "=on asks for it)");
        }
        return CHOSEN.computeIfAbsent(device, LaneChoice::tried);
    }

    /** How weights that do not rest on a device ready to compute with reach it, in words. */
    public String words() {
        return words;
    }

    /** One that all models of an accelerator share, where it has a copy stream; else a new one. */
    Lane lane() {
        return shared == null ? new PlainLane() : shared;
    }

    private static LaneChoice plainly(String words) {
        return new LaneChoice(null, words);
    }

    private static boolean isWanted() {
        String own = System.getProperty(PROPERTY);
        String setting = own != null ? own : System.getenv().getOrDefault(VARIABLE, "off");
        return switch (setting) {
            case "on" -> true;
            case "off", "" -> false;
            default -> throw new BadInput((own != null ? PROPERTY : VARIABLE) + " is '" + setting + "'; use on or off");
        };
    }

    private static LaneChoice tried(TorchDevice device) {
        // The one stream of an accelerator, as long as the process: PyTorch gives each new thread another of its pool,
        // and keeps the memory of each for itself.
        ExecutorService thread =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread made = new Thread(task, "qroar-copies-" + device.word());
                    made.setDaemon(true);
                    return made;
                });
        LaneChoice choice = tried(() -> {
            CopyStream stream = TorchRuntime.copyStream(device);
            CompletableFuture.runAsync(stream::enter, thread).join();
            Lane lane = new CopyLane(thread, new CopyLane.Stream() {
                @Override
                public void join() {
                    stream.join();
                }

                @Override
                public void finish() {
                    stream.finish();
                }
            });
            LaneProof.require(device, lane);
            return new LaneChoice(
                    lane,
                    "copied on a stream of their own"
                            + (stream.isLocking() ? " from page-locked memory" : ", no page-locked memory"));
        });
        if (choice.shared == null) {
            thread.shutdown();
        }
        LOG.info("layers of {} are {}", device.word(), choice.words);
        return choice;
    }

    /** The choice that was made, or the plain one where that fails in whatever way. */
    static LaneChoice tried(Supplier<LaneChoice> choice) {
        try {
            return choice.get();
        } catch (RuntimeException | LinkageError e) {
            Throwable why = e.getCause() == null || e instanceof LinkageError ? e : e.getCause();
            return plainly("copied on the default stream (" + UnusableDevice.firstLine(why) + ")");
        }
    }
}
