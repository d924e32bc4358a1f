package qroar.protocol.trial;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.RopeScaling;

/**
 * Everything a worker needs to know to evaluate one trial.
 *
 * <p>Immutable; equality is by value. A class rather than a record because it keeps its key, a digest of kilobytes that is
 * asked for whenever the trial is planned, looked up or stored.
 */
public final class TrialSpec {
    /** What a trial measures besides window losses. */
    public enum Probe {
        LOSSES,
        /** Also |q| and |k| histograms per layer and RoPE pair, before and after rotation. */
        LOSSES_AND_ACTIVATIONS,
        /**
         * Also the {@link ScaleGradient} of each document, which is read in one piece: plans of at most
         * {@value #MAX_GRADIENT_POSITIONS} positions.
         */
        LOSSES_AND_GRADIENT,
        /** Also the {@link ReferenceComparison} of each document. */
        LOSSES_AND_REFERENCE
    }

    /** Every block's input, and one block's attention weights, are in memory at once while a gradient is taken. */
    public static final int MAX_GRADIENT_POSITIONS = 1024;

    private final String checkpointDigest;
    private final Precision precision;
    private final QuantizationSpec quantization;
    private final Calibration calibration;
    private final RopeScaling rope;
    private final BandScales scales;
    private final EvaluationPlan plan;
    private final Probe probe;
    private final @Nullable Reference reference;
    /** Made when first asked for; threads that make it at the same time make the same. */
    private @Nullable TrialKey key;

    /** A trial in float32. */
    public TrialSpec(
            String checkpointDigest,
            QuantizationSpec quantization,
            Calibration calibration,
            RopeScaling rope,
            BandScales scales,
            EvaluationPlan plan,
            Probe probe) {
        this(checkpointDigest, Precision.FLOAT32, quantization, calibration, rope, scales, plan, probe);
    }

    /**
     * @param checkpointDigest SHA-256 (hex) of the checkpoint, as {@code Checkpoint.digest()} computes it
     * @param precision type of the forward pass
     * @param calibration what the quantizer was calibrated on; {@link Calibration#NONE} where it is not
     * @param scales scales of the trial; identity for a baseline
     * @param probe what is measured besides losses
     */
    public TrialSpec(
            String checkpointDigest,
            Precision precision,
            QuantizationSpec quantization,
            Calibration calibration,
            RopeScaling rope,
            BandScales scales,
            EvaluationPlan plan,
            Probe probe) {
        this(checkpointDigest, precision, quantization, calibration, rope, scales, plan, probe, null);
    }

    private TrialSpec(
            String checkpointDigest,
            Precision precision,
            QuantizationSpec quantization,
            Calibration calibration,
            RopeScaling rope,
            BandScales scales,
            EvaluationPlan plan,
            Probe probe,
            @Nullable Reference reference) {
        if ((probe == Probe.LOSSES_AND_REFERENCE) != (reference != null)) {
            throw new IllegalArgumentException("probe " + probe + " with reference " + reference);
        }
        if (probe == Probe.LOSSES_AND_GRADIENT && plan.maxLength() > MAX_GRADIENT_POSITIONS) {
            throw new IllegalArgumentException("a gradient over " + plan.maxLength() + " positions; at most "
                    + MAX_GRADIENT_POSITIONS + " are possible");
        }
        this.checkpointDigest = checkpointDigest;
        this.precision = precision;
        this.quantization = quantization;
        this.calibration = calibration;
        this.rope = rope;
        this.scales = scales;
        this.plan = plan;
        this.probe = probe;
        this.reference = reference;
    }

    /** The same trial, its predictions beside those of a reference. */
    public TrialSpec comparedWith(Reference other) {
        return new TrialSpec(
                checkpointDigest,
                precision,
                quantization,
                calibration,
                rope,
                scales,
                plan,
                Probe.LOSSES_AND_REFERENCE,
                other);
    }

    /** The same model on something else. */
    public TrialSpec on(EvaluationPlan other) {
        Probe same = reference == null ? probe : Probe.LOSSES;
        return new TrialSpec(checkpointDigest, precision, quantization, calibration, rope, scales, other, same);
    }

    public String checkpointDigest() {
        return checkpointDigest;
    }

    public Precision precision() {
        return precision;
    }

    public QuantizationSpec quantization() {
        return quantization;
    }

    public Calibration calibration() {
        return calibration;
    }

    public RopeScaling rope() {
        return rope;
    }

    public BandScales scales() {
        return scales;
    }

    public EvaluationPlan plan() {
        return plan;
    }

    public Probe probe() {
        return probe;
    }

    /** What its predictions are compared with; null where they are not. */
    public @Nullable Reference reference() {
        return reference;
    }

    /** Whether it reads with the reference that it would be compared with. */
    public boolean isReference() {
        return reference != null && equals(reference.reading(this));
    }

    /**
     * Of the same as the key, in a hundredth of the time: specs that differ by accident, for an experiment was changed or a
     * program asks for other trials, differ in it but once in four billion times. Of this process's version only.
     */
    public int checksum() {
        return TrialKey.checksum(this);
    }

    /** Takes a key for this spec's, as one with the same {@link #checksum} was given it. */
    public void keyIs(TrialKey known) {
        key = known;
    }

    /** Two specs with equal keys have equal results. */
    public TrialKey key() {
        TrialKey known = key;
        if (known == null) {
            known = TrialKey.of(this);
            key = known;
        }
        return known;
    }

    @Override
    public boolean equals(Object other) {
        return other == this
                || other instanceof TrialSpec that
                        && checkpointDigest.equals(that.checkpointDigest)
                        && precision == that.precision
                        && quantization.equals(that.quantization)
                        && calibration.equals(that.calibration)
                        && rope.equals(that.rope)
                        && scales.equals(that.scales)
                        && plan.equals(that.plan)
                        && probe == that.probe
                        && Objects.equals(reference, that.reference);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                checkpointDigest, precision, quantization, calibration, rope, scales, plan, probe, reference);
    }

    @Override
    public String toString() {
        return "TrialSpec[" + checkpointDigest + ", " + precision + ", " + quantization + ", " + calibration + ", "
                + rope + ", " + scales + ", " + plan + ", " + probe
                + (reference == null ? "]" : ", " + reference + "]");
    }
}
