package qroar.protocol.band;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BandScalesTest {
    private static final BandPartition TWO = BandPartition.logSpaced(4, 2);

    @Test
    void sharedScalesActAlikeOnQueriesAndKeys() {
        BandScales scales = new BandScales(TWO, ScaleMode.SHARED, new double[] {2, 0.5});
        assertThat(scales.queryPairScales()).containsExactly(2, 2, 0.5, 0.5);
        assertThat(scales.keyPairScales()).containsExactly(2, 2, 0.5, 0.5);
    }

    @Test
    void symmetricScalesActInverselyOnKeys() {
        BandScales scales = new BandScales(TWO, ScaleMode.SYMMETRIC, new double[] {2, 0.5});
        assertThat(scales.queryPairScales()).containsExactly(2, 2, 0.5, 0.5);
        assertThat(scales.keyPairScales()).containsExactly(0.5, 0.5, 2, 2);
    }

    @Test
    void arraysAreCopiedInAndOut() {
        double[] given = {2, 0.5};
        BandScales scales = new BandScales(TWO, ScaleMode.SHARED, given);
        given[0] = 9;
        scales.scales()[1] = 9;
        assertThat(scales.scales()).containsExactly(2, 0.5);
    }

    @Test
    void oneBandIsReplacedInACopy() {
        BandScales ones = BandScales.identity(TWO, ScaleMode.SHARED);
        BandScales changed = ones.with(1, 1.25);
        assertThat(ones.isIdentity()).isTrue();
        assertThat(changed.isIdentity()).isFalse();
        assertThat(changed.scale(1)).isEqualTo(1.25);
        assertThat(changed.with(1, 1.0)).isEqualTo(ones).hasSameHashCodeAs(ones);
        assertThat(ones).isNotEqualTo(BandScales.identity(TWO, ScaleMode.SYMMETRIC));
    }

    @Test
    void scalesMustBePositiveFiniteAndOnePerBand() {
        for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new BandScales(TWO, ScaleMode.SHARED, new double[] {1, bad}))
                    .hasMessage("scale " + bad + " must be positive and finite");
        }
        assertThatThrownBy(() -> new BandScales(TWO, ScaleMode.SHARED, new double[] {1}))
                .hasMessage("1 scales for 2 bands; give one scale per band");
    }

    @Test
    void modesAreReadByTheirWord() {
        for (ScaleMode mode : ScaleMode.values()) {
            assertThat(ScaleMode.ofWord(mode.word())).isEqualTo(mode);
        }
        assertThatThrownBy(() -> ScaleMode.ofWord("both"))
                .hasMessage("mode 'both' is unknown; use shared or symmetric");
    }
}
