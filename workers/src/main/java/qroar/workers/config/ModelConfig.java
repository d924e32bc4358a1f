package qroar.workers.config;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;

/**
 * What {@code config.json} says of a model, with the defaults that transformers 4.57 applies to absent keys.
 *
 * @param architecture {@code model_type}
 * @param hiddenSize width of the residual stream
 * @param layerCount decoder layers
 * @param rmsNormEpsilon added to the mean square inside every RMS norm
 * @param geometry rotary embedding before scaling; its head_dim is the model's
 * @param ropeScaling the checkpoint's own scaling, {@link NoScaling} where it has none
 * @param notes what was read otherwise than it may look, or not read at all: one sentence each, for people
 */
public record ModelConfig(
        Architecture architecture,
        int hiddenSize,
        int layerCount,
        double rmsNormEpsilon,
        AttentionShape attention,
        FeedForwardShape feedForward,
        Vocabulary vocabulary,
        RopeGeometry geometry,
        RopeScaling ropeScaling,
        List<String> notes) {
    public ModelConfig {
        notes = List.copyOf(notes);
    }

    /**
     * Reads a {@code config.json}.
     *
     * @throws qroar.protocol.BadInput in one line naming file and key
     */
    public static ModelConfig read(Path configFile) {
        return new ConfigReader(JsonSection.read(configFile)).model();
    }

    /** Query heads. */
    public int headCount() {
        return attention.headCount();
    }

    /** Key and value heads. */
    public int keyValueHeadCount() {
        return attention.keyValueHeadCount();
    }

    /** Width of the feed-forward part. */
    public int intermediateSize() {
        return feedForward.width();
    }

    /** Token ids are below it. */
    public int vocabularySize() {
        return vocabulary.size();
    }

    /** Whether embedding and output head are one tensor. */
    public boolean tiedEmbeddings() {
        return vocabulary.tiedEmbeddings();
    }

    /**
     * The same with an output head of its own.
     *
     * @param why for the notes
     */
    public ModelConfig untied(String why) {
        return new ModelConfig(
                architecture,
                hiddenSize,
                layerCount,
                rmsNormEpsilon,
                attention,
                feedForward,
                vocabulary.untied(),
                geometry,
                ropeScaling,
                Stream.concat(notes.stream(), Stream.of(why)).toList());
    }

    /** Size of one head, even. */
    public int headDim() {
        return geometry.headDim();
    }

    /** Keys visible to a query of this layer, itself included. */
    public int attentionWindow(int layer) {
        return attention.windows().get(layer);
    }

    /** Whether q and k are normalised per head before rotation. */
    public boolean normalisesQueryAndKey() {
        return architecture.normalisesQueryAndKey();
    }
}
