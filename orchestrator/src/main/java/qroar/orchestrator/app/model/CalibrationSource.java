package qroar.orchestrator.app.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.DocumentSource;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.console.Remarks;
import qroar.protocol.BadInput;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Calibration;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.text.TokenizedDocument;

/**
 * The texts on which quantizers calibrate.
 *
 * @param texts UTF-8 files, in their order
 * @param tokens a file of token ids instead of texts, or null
 * @param sequences blocks that are taken of them
 * @param length tokens of a block
 * @param choice from where in the texts they are taken
 */
public record CalibrationSource(
        List<Path> texts, @Nullable Path tokens, int sequences, int length, BlockChoice choice) {
    public CalibrationSource {
        texts = List.copyOf(texts);
    }

    /**
     * The blocks that were read.
     *
     * @param tokens ids of each block
     * @param summary how many tokens of which text, for people
     */
    public record Blocks(int[][] tokens, String summary) {
        private static final Blocks NONE = new Blocks(new int[0][], "nothing");
    }

    /** The blocks, none where the quantizer needs none; says where there are fewer than asked for. */
    public Blocks read(QuantizationSpec quantization, DocumentReader reader) {
        if (!quantization.weights().isCalibrated()) {
            return Blocks.NONE;
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
        List<TokenizedDocument> documents = reader.read(sources);
        Calibration calibration = new Calibration(DocumentReader.refs(documents), sequences, length, choice);
        String shortage = calibration.shortage();
        if (shortage != null) {
            Remarks.tell("note: --calibration " + shortage);
        }
        return new Blocks(
                CalibrationTokens.cut(
                        documents.stream().map(TokenizedDocument::tokens).toList(), calibration.blocks()),
                calibration.summary());
    }
}
