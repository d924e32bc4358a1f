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
    void groupsOfLayersHaveScalesOfTheirOwn() {
        LayerGroups layers = LayerGroups.of(5, 2);
        BandScales scales = new BandScales(TWO.in(layers), ScaleMode.SYMMETRIC, new double[] {2, 1, 4, 0.5, 1, 8});
        assertThat(scales.ofGroup(1)).isEqualTo(new BandScales(TWO, ScaleMode.SYMMETRIC, new double[] {4, 0.5}));
        LayerPairScales pairs = LayerPairScales.of(scales);
        assertThat(pairs.layer(1).query()).containsExactly(2, 2, 1, 1);
        assertThat(pairs.layer(2).key()).containsExactly(0.25, 0.25, 2, 2);
        assertThat(pairs.layer(4).query()).containsExactly(1, 1, 8, 8);
        assertThatThrownBy(() -> pairs.layer(5)).hasMessageContaining("layer 5 of 5");
        assertThatThrownBy(scales::queryPairScales).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new BandScales(TWO.in(layers), ScaleMode.SHARED, new double[] {1, 1}))
                .hasMessage("2 scales for 2 bands in each of 3 groups of layers; give one scale per band");
    }

    @Test
    void cellsAreCountedGroupByGroupAndTheLastGroupMayBeShorter() {
        BandPartition cells = TWO.in(LayerGroups.of(5, 2));
        assertThat(cells.cellCount()).isEqualTo(6);
        assertThat(cells.words(3)).isEqualTo("layers 2-3 band 1");
        assertThat(cells.words(4)).isEqualTo("layer 4 band 0");
        assertThat(cells.band(5)).isEqualTo(new Band(2, 4));
        assertThat(cells.layers().to(2)).isEqualTo(5);
        assertThat(TWO.words(1)).isEqualTo("band 1");
    }

    @Test
    void aGroupOfAllLayersIsNoGroup() {
        assertThat(LayerGroups.of(5, 5)).isEqualTo(LayerGroups.ALL);
        assertThat(LayerGroups.of(5, 9)).isEqualTo(LayerGroups.ALL);
        for (int[] bad : new int[][] {{5, 5}, {5, 0}, {0, 2}, {-3, -4}, {LayerGroups.MAX_LAYERS + 1, 2}}) {
            assertThatThrownBy(() -> new LayerGroups(bad[0], bad[1])).hasMessageContaining("groups of " + bad[1]);
        }
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
