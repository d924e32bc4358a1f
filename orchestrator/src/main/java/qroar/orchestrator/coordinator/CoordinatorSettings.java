package qroar.orchestrator.coordinator;

import com.typesafe.config.Config;
import java.time.Clock;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Runtime knobs of a coordinator; none of them can change a number in a result.
 *
 * @param clock gives the instants that a report shows
 * @param nanoTime a clock that nobody sets, as {@link System#nanoTime}
 * @param progressDeadline longest wait for the first window of an attempt, or until its worker says that it reads, before it
 *     counts as hung; covers loading and quantizing a model
 * @param progressFloor least deadline for later windows, and for the blocks before the first, which is learned from the
 *     ones before
 * @param silence longest time without a sign of life from a worker in another process
 * @param startDeadline longest time between an assignment and the beginning of its stream
 * @param askingTime for how long a worker that came, or whose lease ended, is expected to ask for work, so that what failed
 *     elsewhere waits for it
 * @param documentFloor least time that a document must take to go to another worker while its trial is under way; 0 for any
 * @param eventsPerSnapshot how often the journal's tail is cut short
 */
public record CoordinatorSettings(
        Clock clock,
        LongSupplier nanoTime,
        Duration progressDeadline,
        Duration progressFloor,
        Duration silence,
        Duration startDeadline,
        Duration askingTime,
        Duration documentFloor,
        int eventsPerSnapshot) {
    public static final CoordinatorSettings DEFAULT = new CoordinatorSettings(
            Clock.systemUTC(),
            System::nanoTime,
            Duration.ofMinutes(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(3),
            Duration.ofSeconds(15),
            Duration.ofSeconds(2),
            Duration.ofMillis(100),
            2_000);

    /** The durations as {@code qroar.coordinator} in the configuration says. */
    public static CoordinatorSettings of(Config config) {
        Config own = config.getConfig("qroar.coordinator");
        return new CoordinatorSettings(
                Clock.systemUTC(),
                System::nanoTime,
                own.getDuration("first-window-deadline"),
                own.getDuration("window-deadline-floor"),
                own.getDuration("silence"),
                own.getDuration("start-deadline"),
                own.getDuration("asking-time"),
                own.getDuration("document-floor"),
                own.getInt("events-per-snapshot"));
    }
}
