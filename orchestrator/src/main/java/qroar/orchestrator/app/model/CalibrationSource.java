package qroar.orchestrator.app.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.DocumentSource;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.text.TokenizedDocument;

/**
 * The texts on which quantizers calibrate.
 *
 * @param texts UTF-8 files, in their order
 * @param tokens a file of token ids instead of texts, or null
 * @param sequences consecutive blocks that they are cut into
 * @param length tokens of a block
 */
public record CalibrationSource(List<Path> texts, @Nullable Path tokens, int sequences, int length) {
    public CalibrationSource {
        texts = List.copyOf(texts);
    }

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
