package qroar.orchestrator.app.measurement;

/** Time that something will take, as a person says it. */
final class TimeLeft {
    private static final int SECONDS_PER_MINUTE = 60;

    private TimeLeft() {}

    /** {@code 45 s}, {@code 12 min}. */
    static String words(double seconds) {
        long whole = Math.round(seconds);
        return whole < SECONDS_PER_MINUTE
                ? whole + " s"
                : (whole + SECONDS_PER_MINUTE / 2) / SECONDS_PER_MINUTE + " min";
    }
}
