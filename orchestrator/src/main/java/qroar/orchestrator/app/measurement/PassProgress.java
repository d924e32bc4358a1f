package qroar.orchestrator.app.measurement;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import qroar.orchestrator.console.Remarks;
import qroar.workers.evaluation.PassWatch;

/** Tells a person now and then how far forward passes are; nothing of those that are soon over. Not thread-safe. */
final class PassProgress implements PassWatch {
    private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    private final int passes;
    private final LongSupplier nanoClock;
    private final Consumer<String> say;
    private int pass;
    private int tokens;
    private int blocks;
    private int done;
    private long begunNanos;
    private long toldNanos;

    /**
     * @param passes that there will be; 0 where that is not known
     * @param nanoClock monotonic
     */
    PassProgress(int passes, LongSupplier nanoClock, Consumer<String> say) {
        this.passes = passes;
        this.nanoClock = nanoClock;
        this.say = say;
        this.toldNanos = nanoClock.getAsLong();
    }

    /** On standard error. */
    static PassProgress told(int passes) {
        return new PassProgress(passes, System::nanoTime, Remarks::tell);
    }

    @Override
    public void begin(int ofTokens, int ofBlocks) {
        pass++;
        tokens = ofTokens;
        blocks = ofBlocks;
        done = 0;
        begunNanos = nanoClock.getAsLong();
    }

    @Override
    public void block() {
        long now = nanoClock.getAsLong();
        if (now - toldNanos >= EVERY_NANOS) {
            toldNanos = now;
            double seconds = (now - begunNanos) / 1e9;
            say.accept(String.format(
                    Locale.ROOT,
                    "pass %d%s of %d tokens: %d %%%s",
                    pass,
                    passes == 0 ? "" : " of " + passes + ",",
                    tokens,
                    100L * done / blocks,
                    done == 0 ? "" : left(seconds * (blocks - done) / done)));
        }
        done++;
    }

    private static String left(double seconds) {
        return ", about " + TimeLeft.words(seconds) + " left of it";
    }
}
