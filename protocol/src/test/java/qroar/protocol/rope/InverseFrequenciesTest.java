package qroar.protocol.rope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;
import qroar.protocol.GoldenFile;

class InverseFrequenciesTest {
    private static final double RELATIVE = 2e-6;

    @Test
    void frequenciesAgreeWithTheReference() {
        for (JsonNode golden : GoldenFile.open("rope/inv_freq.json").cases("cases")) {
            GoldenRopeConfig config = GoldenRopeConfig.of(golden.get("config"));
            int length = golden.get("seq_len").asInt(InverseFrequencies.AT_CONSTRUCTION);
            RopeFrequencies actual = InverseFrequencies.of(config.geometry(), config.scaling(), length);
            String name = golden.get("name").asText() + " at " + length;
            assertClose(name, actual.invFreq(), GoldenFile.numbers(golden.get("inv_freq")));
            assertThat(actual.attentionScaling())
                    .as(name)
                    .isCloseTo(golden.get("attention_scaling").doubleValue(), within(1e-6));
        }
    }

    @Test
    void ntkAwareFrequenciesAgreeWithTheReference() {
        for (JsonNode golden : GoldenFile.open("rope/ntk_aware_inv_freq.json").cases("cases")) {
            RopeGeometry geometry = new RopeGeometry(
                    golden.get("head_dim").intValue(), golden.get("rope_theta").doubleValue(), 4096, null);
            RopeFrequencies actual = InverseFrequencies.of(
                    geometry, new NtkScaling(golden.get("ntk_alpha").doubleValue()), 0);
            assertClose(golden.get("name").asText(), actual.invFreq(), GoldenFile.numbers(golden.get("inv_freq")));
            assertThat(actual.attentionScaling())
                    .isEqualTo(golden.get("attention_scaling").doubleValue());
        }
    }

    /** The plain table in double: cos and sin of position times frequency, both halves alike. */
    @Test
    void cosineAndSineTablesFollowFromFrequencies() {
        for (JsonNode golden : GoldenFile.open("rope/cos_sin.json").cases("cases")) {
            GoldenRopeConfig config = GoldenRopeConfig.of(golden.get("config"));
            RopeFrequencies frequencies = new RopeState(config.geometry(), config.scaling())
                    .next(golden.get("forward_length").intValue());
            double[] invFreq = frequencies.invFreq();
            double[] positions = GoldenFile.numbers(golden.get("positions"));
            for (int row = 0; row < positions.length; row++) {
                double[] cos = GoldenFile.numbers(golden.get("cos").get(row));
                double[] sin = GoldenFile.numbers(golden.get("sin").get(row));
                assertThat(cos).hasSize(2 * invFreq.length).hasSameSizeAs(sin);
                for (int i = 0; i < cos.length; i++) {
                    double phase = positions[row] * invFreq[i % invFreq.length];
                    String where = golden.get("name").asText() + " position " + positions[row] + " column " + i;
                    assertThat(frequencies.attentionScaling() * Math.cos(phase))
                            .as(where)
                            .isCloseTo(cos[i], within(5e-4));
                    assertThat(frequencies.attentionScaling() * Math.sin(phase))
                            .as(where)
                            .isCloseTo(sin[i], within(5e-4));
                }
            }
        }
    }

    @Test
    void dynamicRemembersTheLongestPass() {
        assertStates("rope/dynamic_ntk_state.json");
    }

    @Test
    void longRopeChoosesItsListForEachPass() {
        assertStates("rope/longrope_switch.json");
    }

    private static void assertStates(String file) {
        GoldenFile golden = GoldenFile.open(file);
        GoldenRopeConfig config = GoldenRopeConfig.of(golden.get("config"));
        RopeState state = new RopeState(config.geometry(), config.scaling());
        for (JsonNode call : golden.cases("calls_in_order")) {
            RopeFrequencies actual = state.next(call.get("forward_length").intValue());
            assertClose(call.toString(), actual.invFreq(), GoldenFile.numbers(call.get("inv_freq_used")));
            assertThat(actual.attentionScaling())
                    .isCloseTo(call.get("attention_scaling").doubleValue(), within(1e-6));
        }
    }

    @Test
    void onePairHasFrequencyOneUnderEveryNtkBase() {
        RopeGeometry geometry = new RopeGeometry(2, 1e4, 256, null);
        for (double alpha : new double[] {1, 4}) {
            assertThat(InverseFrequencies.of(geometry, new NtkScaling(alpha), 0).invFreq())
                    .containsExactly(1.0);
            assertThat(InverseFrequencies.of(geometry, new DynamicScaling(alpha), 1000)
                            .invFreq())
                    .containsExactly(1.0);
        }
        assertThat(InverseFrequencies.of(geometry, YarnScaling.of(4, null), 0).invFreq()[0])
                .isBetween(0.25, 1.0);
    }

    @Test
    void factorOneChangesNothing() {
        RopeGeometry geometry = new RopeGeometry(64, 1e4, 512, null);
        RopeFrequencies none = InverseFrequencies.of(geometry, new NoScaling(), 512);
        for (RopeScaling scaling : new RopeScaling[] {
            new LinearScaling(1),
            new NtkScaling(1),
            new DynamicScaling(4),
            new DynamicScaling(1),
            YarnScaling.of(1, null),
            new Llama3Scaling(1, 1, 4, 512)
        }) {
            RopeFrequencies scaled = InverseFrequencies.of(geometry, scaling, 512);
            assertClose(scaling.toString(), scaled.invFreq(), none.invFreq());
            assertThat(scaled.attentionScaling()).isEqualTo(1.0);
        }
    }

    @Test
    void longRopeRatioFollowsFromTheWindowsThatAreTold() {
        double[] ones = {1, 1};
        LongRopeScaling ofCheckpoint = new LongRopeScaling(ones, ones, null, null, 2.0);
        LongRopeScaling ownWindow = new LongRopeScaling(ones, ones, 256, null, 2.0);
        double ofRatio4 = Math.sqrt(1 + Math.log(4) / Math.log(256));
        double ofRatio2 = Math.sqrt(1 + Math.log(2) / Math.log(256));
        RopeGeometry bothWindows = new RopeGeometry(4, 1e4, 1024, 256);
        RopeGeometry oneWindow = new RopeGeometry(4, 1e4, 256, null);
        assertThat(InverseFrequencies.of(bothWindows, ofCheckpoint, 0).attentionScaling())
                .isEqualTo(ofRatio4);
        assertThat(InverseFrequencies.of(oneWindow, ofCheckpoint, 0).attentionScaling())
                .isEqualTo(ofRatio2);
        assertThat(InverseFrequencies.of(bothWindows, ownWindow, 0).attentionScaling())
                .isEqualTo(ofRatio2);
        LongRopeScaling plain = new LongRopeScaling(ones, ones, null, null, null);
        assertThat(InverseFrequencies.of(oneWindow, plain, 0).attentionScaling())
                .isEqualTo(1.0);
    }

    @Test
    void longRopeListsMustFitTheHeads() {
        RopeGeometry geometry = new RopeGeometry(8, 1e4, 1024, 256);
        RopeScaling scaling = new LongRopeScaling(new double[] {1, 1}, new double[] {1, 2}, null, null, null);
        assertThatThrownBy(() -> InverseFrequencies.of(geometry, scaling, 0))
                .isInstanceOf(BadInput.class)
                .hasMessage("longrope short_factor has 2 values; head_dim 8 needs 4");
    }

    @Test
    void negativeLengthsAreRefused() {
        RopeGeometry geometry = new RopeGeometry(8, 1e4, 1024, null);
        assertThatThrownBy(() -> InverseFrequencies.of(geometry, new NoScaling(), -1))
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> new RopeState(geometry, new NoScaling()).next(0))
                .hasMessageContaining("0 tokens");
    }

    private static void assertClose(String name, double[] actual, double[] expected) {
        assertThat(actual).as(name).hasSameSizeAs(expected);
        for (int j = 0; j < expected.length; j++) {
            assertThat(actual[j]).as(name + " pair " + j).isCloseTo(expected[j], within(RELATIVE * expected[j]));
        }
    }
}
