package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerProgressTest {
    @Test
    void slowWorkIsToldEveryTenSecondsAndFastWorkNever() {
        long[] nanos = {0};
        List<String> said = new ArrayList<>();
        LayerProgress fast = new LayerProgress("loading a", 4, () -> nanos[0], said::add);
        LayerProgress slow = new LayerProgress("loading b", 30, () -> nanos[0], said::add);
        for (int layer = 0; layer < 4; layer++) {
            nanos[0] += 1_000_000_000L;
            fast.layer(layer);
        }
        assertThat(said).isEmpty();
        for (int layer = 0; layer < 30; layer++) {
            nanos[0] += 1_000_000_000L;
            slow.layer(layer);
        }
        assertThat(said)
                .containsExactly(
                        "loading b: layer 6 of 30, about 25 s left of it",
                        "loading b: layer 16 of 30, about 15 s left of it",
                        "loading b: layer 26 of 30, about 5 s left of it");
    }

    @Test
    void whatWasDoneBeforeSaysNothingOfThePace() {
        long[] nanos = {0};
        List<String> said = new ArrayList<>();
        LayerProgress goesOn = new LayerProgress("calibrating c", 32, () -> nanos[0], said::add);
        nanos[0] += 11_000_000_000L;
        for (int layer = 20; layer < 23; layer++) {
            goesOn.layer(layer);
            nanos[0] += 60_000_000_000L;
        }
        assertThat(said)
                .containsExactly(
                        "calibrating c: layer 21 of 32",
                        "calibrating c: layer 22 of 32, about 11 min left of it",
                        "calibrating c: layer 23 of 32, about 10 min left of it");
    }
}
