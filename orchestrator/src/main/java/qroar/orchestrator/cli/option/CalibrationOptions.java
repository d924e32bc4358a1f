package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.model.CalibrationSource;
import qroar.protocol.calibration.BlockChoice;

/** The texts on which quantizers calibrate. The defaults are those of the experiment file. */
public final class CalibrationOptions {
    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            arity = "1..*",
            description = "texts that quantizers calibrate on where they need it; others pass over them")
    private List<Path> texts = new ArrayList<>();

    @Option(
            names = "--calibration-tokens",
            paramLabel = "FILE.json",
            description = "the same as token ids, used verbatim")
    private @Nullable Path tokens;

    @Option(
            names = "--calibration-sequences",
            paramLabel = "N",
            defaultValue = "16",
            description = "blocks that are taken of the texts, fewer where they have fewer (default ${DEFAULT-VALUE})")
    private int sequences = 16;

    @Option(
            names = "--calibration-length",
            paramLabel = "T",
            defaultValue = "512",
            description = "tokens of a block (default ${DEFAULT-VALUE})")
    private int length = 512;

    @Option(
            names = "--calibration-blocks",
            paramLabel = "CHOICE",
            defaultValue = "spread",
            description = "spread: of all texts in turn, evenly over each; consecutive: in a row from the first"
                    + " (default ${DEFAULT-VALUE})")
    private String blocks = BlockChoice.SPREAD.word();

    public CalibrationSource source() {
        return new CalibrationSource(texts, tokens, sequences, length, BlockChoice.ofWord(blocks));
    }
}
