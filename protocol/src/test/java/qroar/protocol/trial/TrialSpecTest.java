package qroar.protocol.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;

class TrialSpecTest {
    private static final BandScales IDENTITY = BandScales.identity(BandPartition.logSpaced(8, 2), ScaleMode.SHARED);

    private static TrialSpec spec(
            String checkpoint,
            String quantization,
            int sequences,
            String rope,
            BandScales scales,
            EvaluationPlan plan,
            TrialSpec.Probe probe) {
        return spec(checkpoint, quantization, BlockChoice.CONSECUTIVE, sequences, rope, scales, plan, probe);
    }

    private static TrialSpec spec(
            String checkpoint,
            String quantization,
            BlockChoice blocks,
            int sequences,
            String rope,
            BandScales scales,
            EvaluationPlan plan,
            TrialSpec.Probe probe) {
        return new TrialSpec(
                checkpoint.repeat(64),
                QuantizationText.parse(quantization),
                new Calibration(List.of(new DocumentRef("c", "cc", 64)), sequences, 16, blocks),
                RopeScalingSpec.parse(rope),
                scales,
                plan,
                probe);
    }

    private static EvaluationPlan plan(String name, String digest, int window) {
        return new EvaluationPlan(List.of(new DocumentRef(name, digest, 64)), List.of(32, 64), window);
    }

    @Test
    void whateverChangesTheKeyChangesTheChecksumAndNothingElseDoes() {
        EvaluationPlan plan = plan("d", "dd", 16);
        TrialSpec.Probe losses = TrialSpec.Probe.LOSSES;
        String gptq = "gptq:bits=4,group=8";
        List<TrialSpec> different = List.of(
                spec("a", gptq, 2, "none", IDENTITY, plan, losses),
                spec("b", gptq, 2, "none", IDENTITY, plan, losses),
                spec("a", "gptq:bits=3,group=8", 2, "none", IDENTITY, plan, losses),
                spec("a", gptq, 3, "none", IDENTITY, plan, losses),
                spec("a", gptq, BlockChoice.SPREAD, 2, "none", IDENTITY, plan, losses),
                spec("a", gptq, 2, "yarn:factor=4", IDENTITY, plan, losses),
                spec("a", gptq, 2, "none", IDENTITY.with(1, 1.25), plan, losses),
                spec("a", gptq, 2, "none", IDENTITY.with(1, Math.nextUp(1.25)), plan, losses),
                spec("a", gptq, 2, "none", IDENTITY.with(0, 1.25), plan, losses),
                spec("a", gptq, 2, "none", IDENTITY, plan("d", "ee", 16), losses),
                spec("a", gptq, 2, "none", IDENTITY, plan("d", "dd", 8), losses),
                spec("a", gptq, 2, "none", IDENTITY, plan, TrialSpec.Probe.LOSSES_AND_GRADIENT));
        TrialSpec plain = different.get(0);
        different = Stream.concat(
                        different.stream(),
                        Stream.of(
                                        new Reference("a", Precision.FLOAT32, plain.rope(), null),
                                        new Reference("b", Precision.FLOAT32, plain.rope(), null),
                                        new Reference("a", Precision.BFLOAT16, plain.rope(), null),
                                        new Reference(
                                                "a", Precision.FLOAT32, RopeScalingSpec.parse("ntk:alpha=2"), null),
                                        new Reference("a", Precision.FLOAT32, plain.rope(), KeyTokenRule.PUBLISHED),
                                        new Reference(
                                                "a",
                                                Precision.FLOAT32,
                                                plain.rope(),
                                                new KeyTokenRule(4096, 1024, 2, 3)))
                                .map(plain::comparedWith))
                .toList();
        Set<TrialKey> keys = new HashSet<>();
        Set<Integer> checksums = new HashSet<>();
        for (TrialSpec spec : different) {
            keys.add(spec.key());
            checksums.add(spec.checksum());
        }
        assertThat(keys).hasSameSizeAs(different);
        assertThat(checksums).hasSameSizeAs(different);

        TrialSpec renamed = spec("a", gptq, 2, "none", IDENTITY, plan("another name", "dd", 16), losses);
        assertThat(renamed.key()).isEqualTo(different.get(0).key());
        assertThat(renamed.checksum()).isEqualTo(different.get(0).checksum());
    }
}
