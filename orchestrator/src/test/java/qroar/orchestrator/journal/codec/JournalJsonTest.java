package qroar.orchestrator.journal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.TrialResult;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.message.Lease;
import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.AwqQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.DynamicScaling;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.Llama3Scaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.NtkScaling;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.TrialKey;

class JournalJsonTest {
    private static final ObjectMapper JSON = JournalJson.mapper();
    private static final BandScales SCALES = new BandScales(
            BandPartition.logSpaced(32, 5), ScaleMode.SYMMETRIC, new double[] {0.1 + 0.2, 1, 1e-3, 1.05, Math.PI});

    private static <T> String roundTrip(T value, Class<T> type) throws Exception {
        String text = JSON.writeValueAsString(value);
        assertThat(JSON.readValue(text, type)).as(text).isEqualTo(value);
        return text;
    }

    record Everything(
            QuantizationSpec quantization,
            RopeScaling rope,
            BandScales scales,
            TrialResult result,
            Map<TrialKey, Lease> leases,
            List<LayerActivations> activations,
            double nan,
            double infinity,
            Instant when) {}

    private static final QuantizationSpec QUANTIZATION = new QuantizationSpec(
            new AwqQuantization(4, 128, true),
            new ActivationQuantization(4, ActivationQuantization.Range.SYMMETRIC),
            4);
    private static final TrialKey KEY = new TrialKey("ef".repeat(32));

    @Test
    void everyProtocolTypeComesBackAsItWas() throws Exception {
        LogHistogram some = LogHistogram.ofMagnitudes(new double[] {0, 1e-5, 2, 2, 1e6, Double.NaN});
        LogHistogram none = LogHistogram.empty();
        for (TrialResult result : List.of(
                new TrialResult.Measured(new double[] {1.5, Double.NaN, -0.0}, List.of()),
                new TrialResult.Stopped(new double[0], Verdict.UNDECIDED),
                new TrialResult.Diverged(7),
                new TrialResult.Failed("cause \u2028 with \"quotes\""))) {
            String text = roundTrip(
                    new Everything(
                            QUANTIZATION,
                            YarnScaling.of(4, 4096),
                            SCALES,
                            result,
                            Map.of(KEY, new Lease(3, 2)),
                            List.of(new LayerActivations(
                                    0, 1, List.of(some, none), List.of(), List.of(none), List.of(some))),
                            Double.NaN,
                            Double.NEGATIVE_INFINITY,
                            Instant.parse("2026-01-02T03:04:05.678Z")),
                    Everything.class);
            assertThat(text).contains("\"type\":\"" + SealedTypes.word(result.getClass()) + "\"");
            assertThat(text)
                    .contains("\"rope\":\"yarn:")
                    .contains("\"quantization\":\"awq:")
                    .contains("\"cuts\":[0,");
        }
    }

    @Test
    void scalesOfGroupsOfLayersAreStoredExactlyAndOthersAsEver() throws Exception {
        BandScales layered =
                new BandScales(BandPartition.logSpaced(8, 2).in(LayerGroups.of(5, 3)), ScaleMode.SHARED, new double[] {
                    1.1, 1.0 / 3, 0.9, 1
                });
        assertThat(roundTrip(layered, BandScales.class)).contains("\"layers\":[5,3]");
        assertThat(JSON.readValue("{\"mode\":\"shared\",\"cuts\":[0,4,8],\"scales\":[1.1,1.0]}", BandScales.class))
                .isEqualTo(new BandScales(BandPartition.logSpaced(8, 2), ScaleMode.SHARED, new double[] {1.1, 1}));
        assertThat(JSON.writeValueAsString(BandScales.identity(BandPartition.logSpaced(8, 2), ScaleMode.SHARED)))
                .isEqualTo("{\"mode\":\"shared\",\"cuts\":[0,4,8],\"scales\":[1.0,1.0]}");
    }

    @Test
    void everyRopeScalingIsStoredExactly() throws Exception {
        double awkward = Math.nextUp(4.1);
        for (RopeScaling rope : List.of(
                new NoScaling(),
                new LinearScaling(awkward),
                new NtkScaling(awkward),
                new DynamicScaling(awkward),
                new YarnScaling(awkward, null, 31.5, 1.25, 0.1 + 0.2, 0.707, 1.0, false),
                new Llama3Scaling(8, 1, 4, 8192),
                new LongRopeScaling(new double[] {1, awkward}, new double[] {2, 3}, 4096, null, 32.0))) {
            roundTrip(rope, RopeScaling.class);
        }
    }

    @Test
    void randomDoublesAndHistogramsAreKeptToTheBit() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            double[] values = random.longs(random.nextInt(50))
                    .mapToDouble(Double::longBitsToDouble)
                    .toArray();
            double[] back = PackedNumbers.unpackDoubles(PackedNumbers.pack(values));
            assertThat(bits(back)).as("seed %d", seed).isEqualTo(bits(values));
            LogHistogram histogram = LogHistogram.ofMagnitudes(values);
            assertThat(PackedNumbers.unpackHistogram(PackedNumbers.pack(histogram)))
                    .as("seed %d", seed)
                    .isEqualTo(histogram);
        }
    }

    private static long[] bits(double[] values) {
        return Arrays.stream(values).mapToLong(Double::doubleToRawLongBits).toArray();
    }

    @Test
    void damagedNumbersAreRefusedAndNeverAllocated() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            try {
                PackedNumbers.histogram(bytes);
            } catch (IllegalArgumentException | ArithmeticException expected) {
                assertThat(expected.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
        assertThatThrownBy(() -> PackedNumbers.unpackDoubles("AAAA")).hasMessageContaining("3 bytes");
    }

    @Test
    void changedShapesAreErrorsNotDefaults() {
        for (String wrong : List.of(
                "{\"trial\":1}",
                "{\"trial\":1,\"attempt\":null}",
                "{\"trial\":1,\"attempt\":1.5}",
                "{\"trial\":1,\"attempt\":\"2\"}",
                "{\"trial\":1,\"attempt\":2,\"more\":3}",
                "{\"trial\":1,\"trial\":1,\"attempt\":2}",
                "{\"trial\":1,\"attempt\":2} x",
                "[1,2]",
                "{\"trial\":1,\"atte")) {
            assertThatThrownBy(() -> JSON.readValue(wrong, Lease.class))
                    .as(wrong)
                    .isInstanceOf(java.io.IOException.class);
        }
        assertThatThrownBy(() -> JSON.readValue("{\"type\":\"java.lang.Object\"}", TrialResult.class))
                .hasMessageContaining("java.lang.Object");
    }
}
