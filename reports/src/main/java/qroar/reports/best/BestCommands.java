package qroar.reports.best;

import org.jspecify.annotations.Nullable;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudyState;

/** What to type to have a model as a checkpoint, to be copied from a page or a terminal. */
public final class BestCommands {
    private static final int PREFIX_DIGITS = 12;

    private BestCommands() {}

    /** The command that writes the best model; null while the run is not finished. */
    public static @Nullable String best(RunReport report, Best best) {
        if (report.run().state() != RunState.FINISHED) {
            return null;
        }
        return export(report, best.isScaled() ? "" : " --unscaled", best.isScaled() ? "tuned" : "unscaled");
    }

    /** The command that writes a study's model with its scales; null while the study is not done. */
    public static @Nullable String ofStudy(RunReport report, StudyReport study) {
        return study.state() != StudyState.FINISHED ? null : export(report, " --study " + word(study.id()), study.id());
    }

    private static String export(RunReport report, String choice, String suffix) {
        String name = report.run().name();
        String fingerprint = report.run().fingerprint();
        String run = name + "-" + fingerprint.substring(0, Math.min(PREFIX_DIGITS, fingerprint.length()));
        return "qroar export " + word(run) + choice + " --out " + word(name + "-" + suffix);
    }

    /** As a shell takes it for one word. */
    static String word(String text) {
        return text.matches("[A-Za-z0-9._/@%+=:,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
