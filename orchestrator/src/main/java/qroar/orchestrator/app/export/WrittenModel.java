package qroar.orchestrator.app.export;

import java.nio.file.Path;
import java.util.List;
import qroar.orchestrator.console.Notes;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.CheckpointContent;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;

/**
 * A checkpoint that was written.
 *
 * @param format its word
 * @param largestRounding of a number, relative; 0 where the format holds each exactly
 * @param inWords format and rounding, for people
 * @param commands that other programs read it with
 * @param digest of the written model
 */
public record WrittenModel(
        String format, double largestRounding, String inWords, List<String> commands, String digest) {
    public WrittenModel {
        commands = List.copyOf(commands);
    }

    /** Reads what was written once more; weights that are no numbers are told. */
    static WrittenModel of(ExportFormat format, QuantizedExport.Report report, Path out, Notes notes) {
        return of(format, report, content(format, out), out, notes);
    }

    /** What a folder holds, read once more. */
    static CheckpointContent content(ExportFormat format, Path folder) {
        return Checkpoint.open(QuantizedExport.model(format, folder)).content();
    }

    /** The same where it was read once more already. */
    static WrittenModel of(
            ExportFormat format, QuantizedExport.Report report, CheckpointContent content, Path out, Notes notes) {
        if (content.nonFinite() != null) {
            notes.tell(out + ": " + content.nonFinite());
        }
        return new WrittenModel(
                format.word(), report.largestRounding(), report.inWords(format), report.commands(), content.digest());
    }

    /** For people, who compare the beginning of a digest. */
    public String summary() {
        return inWords + ", digest " + digest.substring(0, 12);
    }
}
