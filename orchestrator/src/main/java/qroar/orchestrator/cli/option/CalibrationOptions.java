package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.experiments.definition.DocumentSource;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.workers.quantize.CalibrationTokens;
import qroar.workers.text.TokenizedDocument;

/** The texts on which AWQ and GPTQ calibrate. The defaults are those of the experiment file. */
public final class CalibrationOptions {
    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            arity = "1..*",
            description = "texts that awq and gptq calibrate on; other quantizers pass over them")
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
            description = "consecutive blocks that the texts are cut into (default ${DEFAULT-VALUE})")
    private int sequences = 16;

    @Option(
            names = "--calibration-length",
            paramLabel = "T",
            defaultValue = "512",
            description = "tokens of a block (default ${DEFAULT-VALUE})")
    private int length = 512;

    /** The blocks, none where the quantizer needs none. */
    public int[][] read(QuantizationSpec quantization, DocumentReader reader) {
        if (!quantization.weights().isCalibrated()) {
            return new int[0][];
        }
        if (texts.isEmpty() == (tokens == null)) {
            throw new BadInput(
                    tokens == null
                            ? quantization.weights().type() + " needs texts to calibrate on: give --calibration FILE..."
                                    + " or --calibration-tokens FILE.json"
                            : "--calibration and --calibration-tokens exclude each other");
        }
        List<DocumentSource> sources = new ArrayList<>();
        if (tokens != null) {
            sources.add(new DocumentSource.TokenFile(tokens));
        }
        texts.forEach(text -> sources.add(new DocumentSource.TextFile(text)));
        return CalibrationTokens.cut(
                reader.read(sources).stream().map(TokenizedDocument::tokens).toList(), sequences, length);
    }
}
