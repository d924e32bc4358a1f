package qroar.reports.page;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.reports.live.LiveEnd;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveStudy;
import qroar.reports.live.LiveTrial;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyState;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Marker;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Svg;

/** A run under way as a page that brings itself up to date. */
public final class LivePage {
    private static final PageResource CSS = PageResource.load("live.css");
    private static final PageResource JS = PageResource.load("live.js");
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** More than a person reads; the others of a large sweep are counted. */
    private static final int MOST_STUDIES = 100;

    private static final Ink MARK =
            new Ink("s2", Map.of("fill", "#0067a8", "stroke", "#0067a8", "stroke-width", "1.5"));

    private static final double WIDTH = 168;
    private static final double HEIGHT = 16;
    private static final double MARGIN = 6;

    private final LiveRun run;
    /** What the intervals of trials under way are drawn to. */
    private final double reach;

    LivePage(LiveRun run) {
        this.run = run;
        this.reach = run.trials().stream()
                .map(LiveTrial::gain)
                .filter(gain -> gain != null && Double.isFinite(gain.lower()) && Double.isFinite(gain.upper()))
                .mapToDouble(gain -> Math.max(Math.abs(gain.lower()), Math.abs(gain.upper())))
                .max()
                .orElse(0);
    }

    /** Content security policy of the page as it is served: files of its own server, nothing inline. */
    public static String policy() {
        return "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none';"
                + " form-action 'none'; frame-ancestors 'none'";
    }

    /** That of the report, which has its style and script within. */
    public static String reportPolicy() {
        return Stylesheet.policy() + "; frame-ancestors 'none'";
    }

    /** What the page asks for as {@code style.css}. */
    public static String css() {
        return Stylesheet.css() + CSS.text();
    }

    /** What the page asks for as {@code live.js}. */
    public static String js() {
        return JS.text();
    }

    public LiveRun run() {
        return run;
    }

    public boolean isRunning() {
        return run.head().state() == RunState.RUNNING;
    }

    public String title() {
        return (isRunning() ? percent(run.work().share()) : run.head().state().word()) + " \u00b7 "
                + run.head().experiment() + " \u2013 qroar";
    }

    /** Whole per cent; 100 of nothing that is not complete. */
    public static String percent(double share) {
        return (share >= 1 ? 100 : Math.min(99, (int) Math.floor(100 * share))) + "\u00a0%";
    }

    /** Of the whole run. */
    public String done() {
        return run.head().state() == RunState.FINISHED
                ? percent(1)
                : percent(Math.min(0.99, run.work().share()));
    }

    /** For the bar, from 0 to 1. */
    public static String value(double share) {
        return String.format(Locale.ROOT, "%.3f", Math.max(0, Math.min(1, share)));
    }

    public static String left(@Nullable Double seconds) {
        if (seconds == null || !Double.isFinite(seconds)) {
            return Numbers.MISSING;
        }
        long whole = Math.round(seconds);
        long minutes = Math.round(seconds / 60);
        return whole < 120
                ? whole + " s"
                : minutes < 120
                        ? minutes + " min"
                        : String.format(Locale.ROOT, "%d h %02d min", minutes / 60, minutes % 60);
    }

    public static String rate(double perSecond) {
        return perSecond <= 0
                ? Numbers.MISSING
                : String.format(Locale.ROOT, perSecond < 10 ? "%.1f" : "%,.0f", perSecond);
    }

    public static String memory(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }

    public static String time(@Nullable Instant instant) {
        return instant == null ? Numbers.MISSING : SECONDS.format(instant);
    }

    public static @Nullable String perplexity(LiveTrial trial) {
        return trial.lossNats() == null ? null : Numbers.perplexity(StrictMath.exp(trial.lossNats()));
    }

    public @Nullable LiveStudy best() {
        return run.best();
    }

    /** Those that are begun, and of the others as many as there is room for; in the order of the sweep. */
    public List<LiveStudy> studies() {
        List<LiveStudy> shown = new ArrayList<>();
        long begun = run.studies().stream()
                .filter(study -> study.state() != StudyState.PLANNED)
                .count();
        long planned = Math.max(0, MOST_STUDIES - begun);
        long room = MOST_STUDIES;
        for (LiveStudy study : run.studies()) {
            boolean isPlanned = study.state() == StudyState.PLANNED;
            if (room > 0 && (!isPlanned || planned > 0)) {
                shown.add(study);
                room--;
                planned -= isPlanned ? 1 : 0;
            }
        }
        return shown;
    }

    /** What a study does while it runs, how it stands otherwise. */
    public static String state(LiveStudy study) {
        return study.state() == StudyState.RUNNING
                ? study.stage()
                : study.state().word();
    }

    /** With true minus signs. */
    public static @Nullable String reason(LiveEnd end) {
        return Show.typeset(end.reason());
    }

    /** In what range the intervals are drawn; null where there is none. */
    public @Nullable String range() {
        return reach > 0 ? "from " + Numbers.nats(-reach) + " to " + Numbers.nats(reach) : null;
    }

    /** The interval of a trial's gain beside zero; null where there is none. */
    public @Nullable String picture(LiveTrial trial) {
        Interval gain = trial.gain();
        if (gain == null || !(reach > 0) || !Double.isFinite(gain.lower()) || !Double.isFinite(gain.upper())) {
            return null;
        }
        Svg svg = new Svg(
                "trial-" + trial.number(),
                WIDTH,
                HEIGHT,
                "Gain of trial " + trial.number(),
                Numbers.nats(gain.estimate()) + ", between " + Numbers.nats(gain.lower()) + " and "
                        + Numbers.nats(gain.upper()));
        double middle = HEIGHT / 2;
        svg.group(Ink.AXIS).line(WIDTH / 2, 0, WIDTH / 2, HEIGHT).end();
        svg.group(MARK)
                .line(x(gain.lower()), middle, x(gain.upper()), middle)
                .line(x(gain.lower()), middle - 3, x(gain.lower()), middle + 3)
                .line(x(gain.upper()), middle - 3, x(gain.upper()), middle + 3)
                .marker(Marker.CIRCLE, x(gain.estimate()), middle, 3.5)
                .end();
        return svg.markup();
    }

    private double x(double gain) {
        return WIDTH / 2 + gain / reach * (WIDTH / 2 - MARGIN);
    }
}
