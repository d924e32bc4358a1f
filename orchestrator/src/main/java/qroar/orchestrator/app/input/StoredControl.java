package qroar.orchestrator.app.input;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.StoredQuantization;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;

/** The checkpoint that a quantized one is compared with: the same model as it was before. */
final class StoredControl {
    private StoredControl() {}

    /**
     * @return null where the experiment names none
     * @throws BadInput when a checkpoint that is to be quantized in its files is not, or the control is another model
     */
    static @Nullable Checkpoint of(ExperimentDefinition definition, Checkpoint checkpoint) {
        boolean stored = definition.sweep().quantizer().stream()
                .anyMatch(quantizer -> quantizer.weights() instanceof StoredQuantization);
        if (stored) {
            checkpoint.requireQuantized();
        }
        Path path = definition.model().control();
        if (path == null) {
            return null;
        }
        Checkpoint control = Checkpoint.open(path);
        if (control.isQuantized()) {
            throw new BadInput(path + ": holds quantized weights (" + control.encoding()
                    + "); a control is the model without quantization");
        }
        String difference = difference(checkpoint.config(), control.config());
        if (difference != null) {
            throw new BadInput(
                    path + ": is not the model of " + checkpoint.directory() + " without quantization: " + difference);
        }
        return control;
    }

    private static @Nullable String difference(ModelConfig model, ModelConfig control) {
        if (model.hiddenSize() != control.hiddenSize() || model.layerCount() != control.layerCount()) {
            return "it has " + control.layerCount() + " layers of width " + control.hiddenSize() + ", not "
                    + model.layerCount() + " of " + model.hiddenSize();
        }
        if (model.vocabularySize() != control.vocabularySize()) {
            return "its vocabulary has " + control.vocabularySize() + " tokens, not " + model.vocabularySize();
        }
        if (model.headCount() != control.headCount()
                || model.keyValueHeadCount() != control.keyValueHeadCount()
                || model.headDim() != control.headDim()) {
            return "its attention heads are of another shape";
        }
        return model.geometry().theta() == control.geometry().theta() ? null : "its rope_theta is another";
    }
}
