package qroar.protocol.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.NoScaling;

class ScaleGradientTest {
    private final BandPartition two = BandPartition.logSpaced(4, 2);
    private final ScaleGradient gradient =
            new ScaleGradient(0, List.of(1.0, 2.0, 3.0, 4.0), List.of(0.5, 0.25, -3.0, 4.0));

    @Test
    void sharedScalesAddBothSidesAndSymmetricOnesOpposeThem() {
        double shared = 0;
        double symmetric = 0;
        for (int b = 0; b < two.bandCount(); b++) {
            shared += gradient.ofCell(two, b, ScaleMode.SHARED);
            symmetric += gradient.ofCell(two, b, ScaleMode.SYMMETRIC);
        }
        assertThat(shared).isEqualTo(11.75);
        assertThat(symmetric).isEqualTo(8.25);
        assertThat(gradient.ofCell(BandPartition.logSpaced(4, 4), 2, ScaleMode.SHARED))
                .isZero();
    }

    @Test
    void sidesOfDifferentSizeAreRefused() {
        assertThatThrownBy(() -> new ScaleGradient(0, List.of(1.0), List.of()))
                .hasMessage("a gradient of 1 pairs for q and 0 for k");
    }

    @Test
    void longPlansHaveNoGradient() {
        EvaluationPlan plan = new EvaluationPlan(List.of(new DocumentRef("d", "d", 4000)), List.of(1025), 256);
        BandScales scales = BandScales.identity(two, ScaleMode.SHARED);
        assertThatThrownBy(() -> new TrialSpec(
                        "model",
                        QuantizationSpec.NONE,
                        Calibration.NONE,
                        new NoScaling(),
                        scales,
                        plan,
                        TrialSpec.Probe.LOSSES_AND_GRADIENT))
                .hasMessage("a gradient over 1025 positions; at most 1024 are possible");
    }
}
