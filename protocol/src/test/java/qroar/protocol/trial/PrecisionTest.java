package qroar.protocol.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.NoScaling;

class PrecisionTest {
    private static TrialSpec in(Precision precision) {
        return new TrialSpec(
                "c0ffee",
                precision,
                QuantizationSpec.NONE,
                Calibration.NONE,
                new NoScaling(),
                BandScales.identity(BandPartition.logSpaced(8, 2), ScaleMode.SHARED),
                new EvaluationPlan(List.of(new DocumentRef("a", "ab12", 100)), List.of(64), 32),
                TrialSpec.Probe.LOSSES);
    }

    @Test
    void wordsAreReadAndOthersRefused() {
        for (Precision precision : Precision.values()) {
            assertThat(Precision.ofWord(precision.word())).isEqualTo(precision);
        }
        assertThatThrownBy(() -> Precision.ofWord("bf16"))
                .isInstanceOf(BadInput.class)
                .hasMessage("precision 'bf16' is unknown; use auto, float32, float16, bfloat16");
    }

    /** The key is what results of earlier versions lie under. */
    @Test
    void float32KeepsItsKeyAndEachOtherPrecisionHasOneOfItsOwn() {
        assertThat(in(Precision.FLOAT32).key().hex())
                .isEqualTo("2397ce3a2cad7e0fa05f1b453f55fd0c8e0977bbf8b85fcba23ca32cf5a73dd2");
        assertThat(Arrays.stream(Precision.values()).map(p -> in(p).key()).distinct())
                .hasSize(Precision.values().length);
        assertThat(in(Precision.BFLOAT16)).isNotEqualTo(in(Precision.FLOAT32)).isEqualTo(in(Precision.BFLOAT16));
    }

    @Test
    void unitRoundoffIsHalfThePlaceOfOne() {
        assertThat(Precision.FLOAT32.unitRoundoff()).isEqualTo(Math.ulp(1f) / 2.0);
        assertThat(Precision.BFLOAT16.unitRoundoff()).isEqualTo(1.0 / 256);
        assertThat(Precision.FLOAT16.unitRoundoff()).isEqualTo(1.0 / 2048);
    }
}
