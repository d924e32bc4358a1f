package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DiagnoseCommandTest {
    private static final Path MODEL = CommandRun.GOLDEN.resolve("checkpoints/tiny-llama-trained");
    private static final Path TOKENS = CommandRun.GOLDEN.resolve("tokens/trained_dev_a.json");

    private static CommandRun diagnose(String... more) {
        List<Object> arguments = new ArrayList<>(List.of("diagnose", "--model", MODEL, "--tokens", TOKENS));
        arguments.addAll(Arrays.asList(more));
        return CommandRun.of(arguments.toArray());
    }

    @Tag("numeric")
    @Test
    void theSameContextWithoutInterpolationInflatesNothing() {
        CommandRun run = diagnose("--rope", "none", "--length", "256", "--short", "256", "--bands", "4", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().get("bands")).hasSize(4);
        for (JsonNode band : run.json().get("bands")) {
            assertThat(band.get("tirW").doubleValue()).isEqualTo(1.0);
            assertThat(band.get("tirA").doubleValue()).isEqualTo(1.0);
            assertThat(band.get("phaseDeviation").doubleValue()).isZero();
            assertThat(band.get("layers")).hasSize(3);
        }
    }

    @Tag("numeric")
    @Test
    void attentionScalingShowsAfterTheRotationOnly() {
        JsonNode plain = diagnose(
                        "--rope", "yarn:factor=4,attention-factor=1", "--length", "900", "--bands", "4", "--json")
                .json();
        JsonNode scaled = diagnose(
                        "--rope", "yarn:factor=4,attention-factor=1.5", "--length", "900", "--bands", "4", "--json")
                .json();
        assertThat(plain.get("short").intValue()).isEqualTo(256);
        JsonNode first = plain.get("bands").get(0);
        assertThat(first.get("interpolationPressure").doubleValue())
                .isGreaterThan(
                        plain.get("bands").get(3).get("interpolationPressure").doubleValue());
        // The first layer sees only embeddings before the rotation, whatever the scaling.
        for (int b = 0; b < 4; b++) {
            JsonNode before = plain.get("bands").get(b).get("layers").get(0);
            JsonNode after = scaled.get("bands").get(b).get("layers").get(0);
            assertThat(after.get("tirW").doubleValue())
                    .isEqualTo(before.get("tirW").doubleValue());
            assertThat(after.get("tirA").doubleValue() / before.get("tirA").doubleValue())
                    .isCloseTo(1.5, within(0.06));
        }
    }

    @Test
    void textHasALinePerBandAndBadInputOneLine() {
        CommandRun run = diagnose("--rope", "linear:factor=4", "--length", "300", "--bands", "3");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines().toList()).hasSize(5);
        assertRefused("--short 400 must be at most", "--length", "300", "--short", "400");
        assertRefused("fewer than the shortest length 5000", "--length", "5000");
        assertRefused("--quantile 1.0", "--quantile", "1.0");
        assertRefused("--bands 0", "--bands", "0");
    }

    private static void assertRefused(String words, String... arguments) {
        CommandRun run = diagnose(arguments);
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err().lines().toList()).as(run.err()).hasSize(1);
        assertThat(run.err()).contains(words);
    }
}
