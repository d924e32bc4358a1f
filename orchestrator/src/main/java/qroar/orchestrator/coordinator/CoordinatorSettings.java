package qroar.orchestrator.coordinator;

import java.time.Clock;
import java.time.Duration;

/**
 * Runtime knobs of a coordinator; none of them can change a number in a result.
 *
 * @param clock gives the instants that a report shows
 * @param progressDeadline longest silence of a measurement stream before its attempt counts as lost; covers loading and
 *     quantizing a model
 * @param eventsPerSnapshot how often the journal's tail is cut short
 */
public record CoordinatorSettings(Clock clock, Duration progressDeadline, int eventsPerSnapshot) {
    public static final CoordinatorSettings DEFAULT =
            new CoordinatorSettings(Clock.systemUTC(), Duration.ofMinutes(30), 2_000);
}
