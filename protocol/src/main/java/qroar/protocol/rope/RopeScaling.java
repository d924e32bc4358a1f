package qroar.protocol.rope;

/**
 * How positions beyond the trained window are interpolated. Each variant is a plain value; {@link InverseFrequencies}
 * turns it into frequencies and {@link RopeScalingSpec} reads and writes it as text. A value out of range is an
 * {@link IllegalArgumentException} that names it as the text form does, the value and the limit.
 */
public sealed interface RopeScaling
        permits NoScaling, LinearScaling, NtkScaling, DynamicScaling, YarnScaling, Llama3Scaling, LongRopeScaling {
    /** The word that starts its spec: {@code none}, {@code linear}, {@code ntk}, ... */
    String type();
}
