package qroar.orchestrator.app.measurement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassProgressTest {
    private final List<String> said = new ArrayList<>();
    private long nanos;

    private void blocks(PassProgress progress, int count, double seconds) {
        for (int i = 0; i < count; i++) {
            progress.block();
            nanos += (long) (seconds * 1e9);
        }
    }

    @Test
    void aLongPassIsToldEveryTenSecondsWithWhatIsLeftOfIt() {
        PassProgress progress = new PassProgress(2, () -> nanos, said::add);
        progress.begin(4096, 256);
        blocks(progress, 256, 0.01);
        assertThat(said).isEmpty();
        progress.begin(8192, 100);
        blocks(progress, 100, 1);
        assertThat(said).hasSize(10);
        assertThat(said.get(0)).isEqualTo("pass 2 of 2, of 8192 tokens: 8 %, about 2 min left of it");
        assertThat(said.get(9)).isEqualTo("pass 2 of 2, of 8192 tokens: 98 %, about 2 s left of it");
    }

    @Test
    void howManyPassesThereWillBeNeedNotBeKnown() {
        PassProgress progress = new PassProgress(0, () -> nanos, said::add);
        progress.begin(512, 8);
        nanos += 11_000_000_000L;
        progress.block();
        assertThat(said).containsExactly("pass 1 of 512 tokens: 0 %");
    }
}
