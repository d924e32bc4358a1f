package qroar.orchestrator.app.measurement;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import qroar.orchestrator.console.Remarks;

/** Tells a person now and then how many questions are answered, and what is left at the pace so far; nothing of few. Not thread-safe. */
final class QuestionProgress {
    private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    private final String task;
    private final int questions;
    private final LongSupplier nanoClock;
    private final Consumer<String> say;
    private final long begunNanos;
    private long toldNanos;

    /** On standard error. */
    QuestionProgress(String task, int questions) {
        this(task, questions, System::nanoTime, Remarks::tell);
    }

    /** @param nanoClock monotonic */
    QuestionProgress(String task, int questions, LongSupplier nanoClock, Consumer<String> say) {
        this.task = task;
        this.questions = questions;
        this.nanoClock = nanoClock;
        this.say = say;
        this.begunNanos = nanoClock.getAsLong();
        this.toldNanos = begunNanos;
    }

    /** So many are answered, one at least. */
    void answered(int count) {
        long now = nanoClock.getAsLong();
        if (now - toldNanos >= EVERY_NANOS) {
            toldNanos = now;
            double seconds = (now - begunNanos) / 1e9 / count * (questions - count);
            say.accept(String.format(
                    Locale.ROOT,
                    "%s: %d of %d questions, about %s left",
                    task,
                    count,
                    questions,
                    TimeLeft.words(seconds)));
        }
    }
}
