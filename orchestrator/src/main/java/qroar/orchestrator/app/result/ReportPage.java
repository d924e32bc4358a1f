package qroar.orchestrator.app.result;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.reports.ReportWriter;
import qroar.reports.ResultFile;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;

/** The page of a run, or one that compares several, written anew from what runs left. */
public final class ReportPage {
    private ReportPage() {}

    /**
     * @param page where it is
     * @param others what else was written, a line each
     */
    public record Written(Path page, List<String> others) {}

    /**
     * @param names of at least one run: directories, or the starts of their names within {@code runs}
     * @param wanted where it goes; null for the one run's own place, of several {@code comparison.html} in this folder
     * @param takeAway what is written beside it
     * @return where it is, and what else was written
     * @throws BadInput where a run has no result yet, or one that cannot be drawn
     */
    public static Written write(RunsFolder runs, List<String> names, @Nullable Path wanted, TakeAway takeAway) {
        List<RunDirectory> directories =
                names.stream().map(name -> RunDirectory.find(runs.path(), name)).toList();
        List<RunReport> reports = new ArrayList<>();
        for (RunDirectory directory : directories) {
            if (!Files.exists(directory.result())) {
                throw new BadInput("run " + directory.name() + " has no result.json yet");
            }
            RunReport left = ResultFile.read(directory.result());
            reports.add(isAbandoned(directory, left) ? left.stopped() : left);
        }
        boolean one = reports.size() == 1;
        Path page = wanted != null ? wanted : one ? directories.get(0).report() : Path.of("comparison.html");
        List<String> others = new ArrayList<>();
        draw(directories, () -> {
            others.addAll(takeAway.write(reports));
            if (one) {
                ReportWriter.writePage(page, reports.get(0));
            } else {
                ReportWriter.writeComparison(page, reports);
            }
        });
        return new Written(page, others);
    }

    /** Whether a process that was killed left a report that still calls its run running. */
    private static boolean isAbandoned(RunDirectory directory, RunReport left) {
        return left.run().state() == RunState.RUNNING && RunLock.holder(directory.lock()) == null;
    }

    /** What we wrote can be drawn; values that cannot were put there by somebody else. */
    private static void draw(List<RunDirectory> directories, Runnable page) {
        try {
            page.run();
        } catch (UncheckedIOException e) {
            throw e;
        } catch (RuntimeException e) {
            String files = directories.stream()
                    .map(directory -> directory.result().toString())
                    .collect(Collectors.joining(", "));
            throw new BadInput(files + ": has values that cannot be drawn: " + e.getMessage(), e);
        }
    }
}
