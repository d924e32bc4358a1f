package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.spec.SpecForm;

/** The quantizers that can be asked for, and those that can be computed. */
class AlgorithmTest {
    @Test
    void everyWeightQuantizationHasAnAlgorithm() {
        assertThat(Algorithm.all().stream().map(Algorithm::computed).collect(Collectors.<Class<?>>toList()))
                .containsExactlyInAnyOrderElementsOf(List.of(WeightQuantization.class.getPermittedSubclasses()));
    }

    @Test
    void whatNeedsCalibrationIsCalibrated() {
        for (SpecForm<WeightQuantization> form : QuantizationText.FORMS.all()) {
            WeightQuantization quantization = QuantizationText.parse(
                            form.synopsis().replaceFirst("\\[.*", ""))
                    .weights();
            Algorithm<?> algorithm = Algorithm.of(quantization);
            assertThat(algorithm.isCalibrated()).as(form.word()).isEqualTo(quantization.isCalibrated());
            if (quantization.isCalibrated()) {
                assertThatThrownBy(() -> WeightQuantizer.uncalibrated(quantization))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("'" + form.word() + "' needs calibration documents");
            } else {
                WeightQuantizer.uncalibrated(quantization).close();
            }
        }
    }
}
