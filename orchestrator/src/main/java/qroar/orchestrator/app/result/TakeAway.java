package qroar.orchestrator.app.result;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.reports.ReportWriter;
import qroar.reports.model.RunReport;
import qroar.reports.takeaway.MlflowFiles;
import qroar.reports.takeaway.TensorBoardFiles;

/**
 * Folders that a run is taken away in besides its page; each null for not.
 *
 * @param parts figures as SVG, tables as CSV and LaTeX
 * @param tensorBoard event files
 * @param mlflow a file store
 */
public record TakeAway(
        @Nullable Path parts,
        @Nullable Path tensorBoard,
        @Nullable Path mlflow) {
    /** What was written, a line each. */
    List<String> write(List<RunReport> reports) {
        List<String> lines = new ArrayList<>();
        if (parts != null) {
            int files = reports.size() == 1
                    ? ReportWriter.writeParts(parts, reports.get(0))
                    : ReportWriter.writeParts(parts, reports);
            lines.add("figures and tables: " + files + " files in " + parts);
        }
        if (tensorBoard != null) {
            reports.forEach(report -> TensorBoardFiles.write(tensorBoard, report));
            lines.add("tensorboard --logdir " + tensorBoard);
        }
        if (mlflow != null) {
            reports.forEach(report -> MlflowFiles.write(mlflow, report));
            lines.add("mlflow ui --backend-store-uri "
                    + mlflow.toAbsolutePath().normalize().toUri());
        }
        return lines;
    }
}
