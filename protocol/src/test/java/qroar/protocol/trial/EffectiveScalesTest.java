package qroar.protocol.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeScaling;

class EffectiveScalesTest {
    private static final QuantizationSpec WEIGHTS = QuantizationText.parse("rtn:bits=4,group=128");
    private static final QuantizationSpec KEYS_TOO = QuantizationText.parse("rtn:bits=4,group=128,kv-bits=4");
    private static final BandPartition TWO = BandPartition.logSpaced(8, 2);

    private static BandScales scales(ScaleMode mode, double... scales) {
        return new BandScales(TWO, mode, scales);
    }

    @Test
    void symmetricScalesAreNoScalesWhileKeysKeepFullPrecision() {
        BandScales symmetric = scales(ScaleMode.SYMMETRIC, 1.1, 0.7);
        assertThat(EffectiveScales.of(symmetric, WEIGHTS).isIdentity()).isTrue();
        assertThat(EffectiveScales.of(symmetric, QuantizationSpec.NONE).isIdentity())
                .isTrue();
        assertThat(EffectiveScales.of(symmetric, KEYS_TOO).isIdentity()).isFalse();
    }

    @Test
    void sharedScalesReachEveryLogit() {
        BandScales shared = scales(ScaleMode.SHARED, 1.1, 1.0);
        assertThat(EffectiveScales.of(shared, WEIGHTS).isIdentity()).isFalse();
        assertThat(EffectiveScales.of(shared, KEYS_TOO).isIdentity()).isFalse();
        assertThat(EffectiveScales.of(shared, WEIGHTS))
                .isNotEqualTo(EffectiveScales.of(scales(ScaleMode.SHARED, 1.1, 1.0000001), WEIGHTS));
    }

    @Test
    void identitiesAreAlikeWhateverTheirBands() {
        for (QuantizationSpec quantization : List.of(WEIGHTS, KEYS_TOO)) {
            for (ScaleMode mode : ScaleMode.values()) {
                EffectiveScales two = EffectiveScales.of(BandScales.identity(TWO, mode), quantization);
                EffectiveScales five =
                        EffectiveScales.of(BandScales.identity(BandPartition.logSpaced(64, 5), mode), quantization);
                assertThat(two.isIdentity()).isTrue();
                assertThat(two.canonical()).isEqualTo(five.canonical());
            }
        }
    }

    @Test
    void layersThatDoTheSameAreToldFromOthersOnly() {
        LayerGroups pairs = LayerGroups.of(4, 2);
        LayerGroups single = LayerGroups.of(4, 1);
        EffectiveScales all = EffectiveScales.of(scales(ScaleMode.SHARED, 1.25, 0.5), WEIGHTS);
        EffectiveScales twice = layered(pairs, 1.25, 0.5, 1.25, 0.5);
        assertThat(twice).isEqualTo(all).hasSameHashCodeAs(all);
        assertThat(twice.canonical()).isEqualTo(all.canonical()).doesNotContain("layers");
        EffectiveScales two = layered(pairs, 1.25, 0.5, 1, 1);
        assertThat(two.canonical())
                .isEqualTo(layered(single, 1.25, 0.5, 1.25, 0.5, 1, 1, 1, 1).canonical());
        assertThat(two.canonical())
                .isNotEqualTo(all.canonical())
                .isNotEqualTo(layered(single, 1.25, 0.5, 1, 1, 1, 1, 1, 1).canonical())
                .isNotEqualTo(layered(pairs, 1, 1, 1.25, 0.5).canonical());
        assertThat(checksum(two)).isNotEqualTo(checksum(layered(single, 1.25, 0.5, 1, 1, 1, 1, 1, 1)));
        assertThat(layered(pairs, 1, 1, 1, 1).isIdentity()).isTrue();
        assertThat(two.isIdentity()).isFalse();
    }

    /** Losses of equal scales are one result; slopes have one figure per group. */
    @Test
    void onlySlopesTellGroupsWithEqualScalesApart() {
        for (TrialSpec.Probe probe : List.of(TrialSpec.Probe.LOSSES, TrialSpec.Probe.LOSSES_AND_GRADIENT)) {
            List<TrialSpec> specs = new ArrayList<>();
            for (LayerGroups layers : List.of(LayerGroups.ALL, LayerGroups.of(4, 2), LayerGroups.of(4, 1))) {
                specs.add(new TrialSpec(
                        "c0ffee",
                        WEIGHTS,
                        Calibration.NONE,
                        new NoScaling(),
                        BandScales.identity(TWO.in(layers), ScaleMode.SHARED),
                        new EvaluationPlan(List.of(new DocumentRef("d", "ab", 100)), List.of(64), 32),
                        probe));
            }
            assertThat(specs.stream().map(TrialSpec::key).distinct()).hasSize(probe == TrialSpec.Probe.LOSSES ? 1 : 3);
            assertThat(specs.stream().map(TrialKey::checksum).distinct())
                    .hasSize(probe == TrialSpec.Probe.LOSSES ? 1 : 3);
        }
    }

    private static EffectiveScales layered(LayerGroups layers, double... scales) {
        return EffectiveScales.of(new BandScales(TWO.in(layers), ScaleMode.SHARED, scales), WEIGHTS);
    }

    private static long checksum(EffectiveScales scales) {
        CRC32C sum = new CRC32C();
        scales.update(sum);
        return sum.getValue();
    }

    @Test
    void differentPartitionsOfTheSameScalesAreEqual() {
        BandScales coarse = new BandScales(BandPartition.logSpaced(8, 1), ScaleMode.SHARED, new double[] {1.25});
        BandScales fine = scales(ScaleMode.SHARED, 1.25, 1.25);
        assertThat(EffectiveScales.of(coarse, WEIGHTS)).isEqualTo(EffectiveScales.of(fine, WEIGHTS));
        assertThat(EffectiveScales.of(coarse, WEIGHTS)).hasSameHashCodeAs(EffectiveScales.of(fine, WEIGHTS));
    }

    @Test
    void trialsOfEqualFunctionHaveEqualKeys() {
        TrialKey baseline = spec(WEIGHTS, "none", BandScales.identity(TWO, ScaleMode.SHARED))
                .key();
        assertThat(spec(WEIGHTS, "none", scales(ScaleMode.SYMMETRIC, 1.3, 0.8)).key())
                .isEqualTo(baseline);
        assertThat(spec(WEIGHTS, "none", scales(ScaleMode.SHARED, 1.3, 0.8)).key())
                .isNotEqualTo(baseline);
        assertThat(spec(WEIGHTS, "yarn:factor=4", BandScales.identity(TWO, ScaleMode.SHARED))
                        .key())
                .isNotEqualTo(baseline);
        assertThat(spec(WEIGHTS, "yarn:factor=4", BandScales.identity(TWO, ScaleMode.SHARED))
                        .key())
                .isNotEqualTo(spec(WEIGHTS, "yarn:factor=8", BandScales.identity(TWO, ScaleMode.SHARED))
                        .key());
        assertThat(spec(KEYS_TOO, "none", BandScales.identity(TWO, ScaleMode.SHARED))
                        .key())
                .isNotEqualTo(baseline);
        assertThat(spec(
                                QuantizationText.parse("rtn:bits=3,group=128"),
                                "none",
                                BandScales.identity(TWO, ScaleMode.SHARED))
                        .key())
                .isNotEqualTo(baseline);
    }

    private static TrialSpec spec(QuantizationSpec quantization, String rope, BandScales scales) {
        RopeScaling scaling = qroar.protocol.rope.RopeScalingSpec.parse(rope);
        EvaluationPlan plan = new EvaluationPlan(List.of(new DocumentRef("a", "d1", 100)), List.of(64), 32);
        return new TrialSpec("model", quantization, Calibration.NONE, scaling, scales, plan, TrialSpec.Probe.LOSSES);
    }
}
