package qroar.reports;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.storage.AtomicFile;
import qroar.reports.model.BandReport;
import qroar.reports.model.BandReport.LayerRange;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;
import qroar.reports.page.Pages;
import qroar.reports.takeaway.FileNames;
import qroar.reports.takeaway.PageParts;

/**
 * Writes what a run leaves behind. Each file is replaced as a whole, so it is valid at every moment and after every
 * crash; {@code report.html} comes last, when what it points at is there. May be called again and again while a search
 * runs, by one thread at a time.
 */
public final class ReportWriter {
    public static final String REPORT = "report.html";
    public static final String TRIALS = "trials.csv";
    public static final String RESULT = "result.json";
    public static final String SCALES = "scales";

    private ReportWriter() {}

    /**
     * Writes {@code scales/<study>.json} for every study whose scales are known, {@code trials.csv}, {@code result.json}
     * and {@code report.html}.
     *
     * @throws java.io.UncheckedIOException with one line naming the file and the reason (a full disk, no permission);
     *     files not replaced yet keep their old content
     */
    public static void write(Path runDirectory, RunReport report) {
        for (StudyReport study : report.studies()) {
            BandScales scales = scales(study);
            if (scales != null) {
                Path sidecar = sidecar(runDirectory, study.id());
                makeFolderOf(sidecar);
                AtomicFile.write(sidecar, ScalesSidecar.bytes(scales, origin(report, study), remarks(report, study)));
            }
        }
        AtomicFile.write(runDirectory.resolve(TRIALS), TrialsCsv.bytes(report));
        AtomicFile.write(runDirectory.resolve(RESULT), ResultFile.bytes(report));
        AtomicFile.write(runDirectory.resolve(REPORT), Pages.report(report));
    }

    private static void makeFolderOf(Path file) {
        try {
            Files.createDirectory(file.toAbsolutePath().getParent());
        } catch (FileAlreadyExistsException there) {
            // As nearly always.
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written: " + AtomicFile.reason(e), e);
        }
    }

    /** Writes the page of one run alone; same errors as {@link #write}. */
    public static void writePage(Path out, RunReport report) {
        AtomicFile.writeWithFolder(out, Pages.report(report));
    }

    /** Writes one page about several runs, in the order given; same errors as {@link #write}. */
    public static void writeComparison(Path out, List<RunReport> reports) {
        AtomicFile.writeWithFolder(out, Pages.comparison(reports));
    }

    /** Writes every figure of a run's page as SVG and every table as CSV and LaTeX; how many files. Same errors. */
    public static int writeParts(Path folder, RunReport report) {
        return PageParts.write(folder, Pages.report(report));
    }

    /** The same of a comparison. */
    public static int writeParts(Path folder, List<RunReport> reports) {
        return PageParts.write(folder, Pages.comparison(reports));
    }

    /** Where the scales of a study lie. Study ids are file names already; any other character is percent-encoded. */
    public static Path sidecar(Path runDirectory, String studyId) {
        return runDirectory.resolve(SCALES).resolve(FileNames.of(studyId) + ".json");
    }

    private static @Nullable BandScales scales(StudyReport study) {
        if (study.bands().isEmpty()
                || study.bands().stream().map(BandReport::scale).anyMatch(Objects::isNull)) {
            return null;
        }
        List<List<BandReport>> groups = study.bandsByLayers();
        List<Band> bands = groups.get(0).stream()
                .map(band -> new Band(band.fromPair(), band.toPair()))
                .toList();
        double[] scales = study.bands().stream()
                .mapToDouble(band -> Objects.requireNonNull(band.scale()))
                .toArray();
        return new BandScales(
                new BandPartition(bands, layers(groups)), study.settings().mode(), scales);
    }

    private static LayerGroups layers(List<List<BandReport>> groups) {
        LayerRange first = groups.get(0).get(0).layers();
        LayerRange last = groups.get(groups.size() - 1).get(0).layers();
        return first == null || last == null ? LayerGroups.ALL : LayerGroups.of(last.to(), first.to());
    }

    private static ScalesOrigin origin(RunReport report, StudyReport study) {
        return new ScalesOrigin(
                report.run().model().digest(),
                study.settings().rope(),
                study.settings().quantizer(),
                study.objective().heldOutGain());
    }

    private static Map<String, String> remarks(RunReport report, StudyReport study) {
        Map<String, String> remarks = new LinkedHashMap<>();
        remarks.put("study", study.id());
        remarks.put("state", study.state().word());
        remarks.put("run", report.run().fingerprint());
        return remarks;
    }
}
