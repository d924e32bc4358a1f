package qroar.workers.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;

class CalibrationTokensTest {
    private static final List<int[]> DOCUMENTS = List.of(new int[] {1, 2, 3, 4, 5}, new int[0], new int[] {6, 7, 8, 9});

    @Test
    void blocksRunOnFromOneDocumentIntoTheNext() {
        assertThat(CalibrationTokens.cut(DOCUMENTS, 3, 3)).isDeepEqualTo(new int[][] {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}});
        assertThat(CalibrationTokens.cut(DOCUMENTS, 2, 4)).isDeepEqualTo(new int[][] {{1, 2, 3, 4}, {5, 6, 7, 8}});
        assertThat(CalibrationTokens.cut(DOCUMENTS, 1, 9)).isDeepEqualTo(new int[][] {{1, 2, 3, 4, 5, 6, 7, 8, 9}});
    }

    @Test
    void tooFewTokensAreRefusedWithFigures() {
        assertThatThrownBy(() -> CalibrationTokens.cut(DOCUMENTS, 2, 5))
                .isInstanceOf(BadInput.class)
                .hasMessage("calibration: 2 sequences of 5 tokens need 10 tokens; the calibration documents have 9");
        assertThatThrownBy(() -> CalibrationTokens.cut(DOCUMENTS, Integer.MAX_VALUE, Integer.MAX_VALUE))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("need 4611686014132420609 tokens");
    }

    @Test
    void countsWithoutMeaningAreRefused() {
        assertThatThrownBy(() -> CalibrationTokens.cut(DOCUMENTS, 0, 3))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("sequences=0");
        assertThatThrownBy(() -> CalibrationTokens.cut(DOCUMENTS, 3, 1))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("length=1");
    }

    @Test
    void sequencesMustBeEvenAndInsideTheVocabulary() {
        assertThatThrownBy(() -> CalibrationTokens.checked(new int[0][], 10))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("no sequences");
        assertThatThrownBy(() -> CalibrationTokens.checked(new int[][] {{1, 2}, {3}}, 10))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("sequence 1 has 1 tokens");
        assertThatThrownBy(() -> CalibrationTokens.checked(new int[][] {{1, 2}, {3, 10}}, 10))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("token id 10 at position 1 of sequence 1");
        assertThatThrownBy(() -> CalibrationTokens.checked(new int[][] {{-1, 2}}, 10))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("token id -1");
    }
}
