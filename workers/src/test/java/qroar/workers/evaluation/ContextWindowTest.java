package qroar.workers.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ContextWindowTest {
    @Test
    void stridedWindowsLabelEveryTokenOnceAndEndWithTheDocument() {
        long seed = Long.getLong("seed", 7);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            int tokens = 1 + random.nextInt(60);
            int length = 1 + random.nextInt(20);
            int stride = 1 + random.nextInt(length);
            int covered = 0;
            List<ContextWindow> windows = ContextWindow.strided(tokens, length, stride);
            for (int i = 0; i < windows.size(); i++) {
                ContextWindow window = windows.get(i);
                assertThat(window.from()).as("seed %d", seed).isEqualTo(i * stride);
                assertThat(window.tokens()).as("seed %d", seed).isEqualTo(Math.min(length, tokens - i * stride));
                assertThat(window.to() - window.labels()).as("seed %d", seed).isEqualTo(covered);
                covered = window.to();
            }
            assertThat(covered).as("seed %d", seed).isEqualTo(tokens);
        }
    }

    @Test
    void aStrideBeyondTheRoomSkipsTokensAsTheReferenceDoes() {
        assertThat(ContextWindow.strided(12, 4, 5))
                .containsExactly(new ContextWindow(0, 4, 4), new ContextWindow(5, 9, 4), new ContextWindow(10, 12, 2));
        assertThat(ContextWindow.strided(5, 4, 5)).containsExactly(new ContextWindow(0, 4, 4));
    }

    @Test
    void aDocumentThatFitsIsOneWindow() {
        assertThat(ContextWindow.strided(7, 16, 4)).containsExactly(new ContextWindow(0, 7, 7));
    }

    @Test
    void theLastRollingWindowReachesBack() {
        assertThat(ContextWindow.rolling(10, 4))
                .containsExactly(new ContextWindow(0, 4, 4), new ContextWindow(4, 8, 4), new ContextWindow(6, 10, 2));
        assertThat(ContextWindow.rolling(3, 4)).containsExactly(new ContextWindow(0, 3, 3));
        assertThat(ContextWindow.rolling(0, 4)).isEmpty();
    }
}
