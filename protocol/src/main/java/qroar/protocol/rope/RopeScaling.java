package qroar.protocol.rope;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/**
 * How positions beyond the trained window are interpolated. Each variant is a plain value in a file of its own, which
 * holds all that is known of it: its numbers and their limits, its text, its frequencies, its keys in a checkpoint's
 * config. A value out of range is an {@link IllegalArgumentException} that names it as the text form does, the value and
 * the limit.
 */
public sealed interface RopeScaling
        permits NoScaling, LinearScaling, NtkScaling, DynamicScaling, YarnScaling, Llama3Scaling, LongRopeScaling {
    /** Every variant's form, in the order in which help texts list them. */
    static List<SpecForm<RopeScaling>> forms() {
        return List.of(
                NoScaling.FORM,
                LinearScaling.FORM,
                NtkScaling.FORM,
                DynamicScaling.FORM,
                YarnScaling.FORM,
                Llama3Scaling.FORM,
                LongRopeScaling.FORM);
    }

    /** How the variant is written. */
    SpecForm<RopeScaling> form();

    /** The word that starts its spec: {@code none}, {@code linear}, {@code ntk}, ... */
    default String type() {
        return form().word();
    }

    /** Adds the options of its canonical text, which tells it from every other value of its variant. */
    void write(SpecWriter text);

    /**
     * Frequencies of one forward pass that remembers nothing of earlier ones.
     *
     * @param sequenceLength tokens of the pass, or {@link InverseFrequencies#AT_CONSTRUCTION}
     * @throws BadInput when its lists or its window do not fit the geometry
     */
    RopeFrequencies frequencies(RopeGeometry geometry, int sequenceLength);

    /** What the length of a pass does to the frequencies. */
    LengthRule lengthRule();

    /** The trained window in tokens, where the scaling itself names it. */
    @Nullable Integer originalWindow();

    /** By how much it stretches the trained window; infinite where it does not say, or grows with the text. */
    double stretch();

    /** The same frequencies with cos and sin times another factor; null where the scaling has no such factor. */
    default @Nullable RopeScaling withAttentionFactor(double factor) {
        return null;
    }

    /**
     * What {@code rope_scaling} of a Hugging Face {@code config.json} holds for it, {@code rope_type} first; numbers, truth
     * values, text or {@code double[]}. Empty where nothing but {@link #configTheta} says it.
     */
    Map<String, Object> configKeys();

    /** {@code rope_theta} of such a config. */
    default double configTheta(RopeGeometry geometry) {
        return geometry.theta();
    }

    /** {@code max_position_embeddings} of such a config, where the scaling asks for another value than the checkpoint's. */
    default @Nullable Long configMaxPositions() {
        return null;
    }

    /** Window in tokens that a model so scaled is served with. */
    default int servedPositions(RopeGeometry geometry) {
        Long asked = configMaxPositions();
        return asked == null ? geometry.maxPositions() : Math.toIntExact(asked);
    }

    /** How llama.cpp is told of it. */
    LlamaFlags llamaFlags(RopeGeometry geometry);

    /**
     * The same frequencies in the words that every engine reads alike: windows spelled out, and no attention factor, which
     * some engines honour and others pass over. What that changes is {@link #attentionBeside}.
     */
    default RopeScaling portable(RopeGeometry geometry) {
        return this;
    }

    /** What q and k each have to be multiplied by for {@link #portable} to compute what this does; 1 where nothing. */
    default double attentionBeside(RopeGeometry geometry) {
        int anyLength = InverseFrequencies.AT_CONSTRUCTION;
        return frequencies(geometry, anyLength).attentionScaling()
                / portable(geometry).frequencies(geometry, anyLength).attentionScaling();
    }

    /** What the length of a pass does to the frequencies. */
    enum LengthRule {
        /** Nothing. */
        FIXED,
        /** They are chosen afresh for every pass. */
        PER_PASS,
        /** They follow the longest pass so far, see {@link RopeState}. */
        GROWING
    }
}
