package qroar.workers.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;
import qroar.protocol.trial.Precision;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.UnusableDevice;

class DeviceProofTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    @Tag("numeric")
    void theProcessorIsRightInEveryPrecisionAndOrder() {
        try (GoldenVectors vectors = GoldenVectors.bundled()) {
            DeviceProof proof = DeviceProof.of(TorchDevice.CPU, vectors);
            proof.checks()
                    .forEach(check -> System.out.printf(
                            "%s: %.2e, at most %.2e%n", check.what(), check.difference(), check.allowed()));
            assertThat(proof.checks()).allMatch(DeviceProof.Check::right);
            assertThat(proof.checks().stream().filter(check -> check.what().startsWith("losses")))
                    .hasSize(3 * 4 * 3);
            proof.requireRight();
        }
    }

    /** A hundredth of a nat in the mean of one loss's square is what float32 never is and bfloat16 may be. */
    @Test
    void aResultThatIsNotWhatItMustBeMakesTheDeviceUnusable() throws IOException {
        GoldenVectors.unpack(folder);
        Path expected = folder.resolve("expected.json");
        String text = Files.readString(expected);
        int at = text.indexOf("\"nll\": [") + "\"nll\": [".length();
        int end = text.indexOf(',', at);
        double nll = Double.parseDouble(text.substring(at, end));
        Files.writeString(expected, text.substring(0, at) + (nll + 0.01) + text.substring(end));
        try (GoldenVectors vectors = GoldenVectors.read(folder)) {
            DeviceProof proof = DeviceProof.of(TorchDevice.CPU, vectors);
            assertThatThrownBy(proof::requireRight)
                    .isInstanceOf(UnusableDevice.class)
                    .hasMessageStartingWith(
                            "device cpu cannot be used: its results are wrong: losses, float32, none, none, ")
                    .hasMessageContaining("at most 0.000100 is right");
            assertThat(proof.checks().stream().filter(check -> check.what().startsWith("losses, bfloat16")))
                    .allMatch(DeviceProof.Check::right);
        }
    }

    @Test
    void vectorsThatAreNoneAreRefused() throws IOException {
        GoldenVectors.unpack(folder);
        Files.writeString(folder.resolve("expected.json"), "{\"tokens\": [1, 2], \"cases\": []}");
        assertThatThrownBy(() -> GoldenVectors.read(folder))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("expected.json: needs \"tokens\" and \"cases\"");
    }

    @Test
    void speedIsMeasuredBesideMatrixProducts() {
        DeviceSpeed.Shape shape = new DeviceSpeed.Shape("small", 64, 4, 2, 96, 3);
        // q and o, k and v, three of the feed-forward; then two products of attention
        assertThat(shape.operations(10)).isEqualTo(2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 96) + 4 * 10 * 64);
        DeviceSpeed speed = DeviceSpeed.measure(TorchDevice.CPU, Precision.FLOAT32, shape, 32, 64, 128);
        assertThat(speed.matrixRate()).isPositive();
        assertThat(speed.rows()).extracting(DeviceSpeed.Row::tokens).containsExactly(64, 128);
        for (DeviceSpeed.Row row : speed.rows()) {
            assertThat(row.share())
                    .isCloseTo(
                            row.tokensPerSecond() * shape.operationsOfModel(row.tokens() / 2.0) / speed.matrixRate(),
                            org.assertj.core.api.Assertions.within(1e-9));
        }
    }
}
