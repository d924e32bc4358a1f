package qroar.reports.page;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import qroar.reports.live.LiveRun;
import qroar.reports.model.RunReport;

/** Renders pages, by templates that were compiled with this module. Thread-safe. */
public final class Pages {
    private static final TemplateEngine ENGINE = TemplateEngine.createPrecompiled(
            null, ContentType.Html, Pages.class.getClassLoader(), "gg.jte.generated.qroar.reports");

    private Pages() {}

    public static byte[] report(RunReport report) {
        return render("report.jte", ReportPage.of(report));
    }

    public static byte[] comparison(List<RunReport> runs) {
        return render("comparison.jte", ComparisonPage.of(runs));
    }

    /** A run under way; asks its own server for {@code style.css}, {@code live.js} and {@code events}. */
    public static byte[] live(LiveRun run) {
        return render("live.jte", new LivePage(run));
    }

    /** In place of a run under way before there is one; whoever serves it has it loaded again. */
    public static byte[] beforeRun() {
        return render("before-run.jte", "A run is about to begin");
    }

    private static byte[] render(String template, Object page) {
        StringOutput out = new StringOutput(64 * 1024);
        ENGINE.render(template, page, out);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }
}
