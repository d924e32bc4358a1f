package qroar.orchestrator.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkersNewsTest {
    private final List<String> said = new ArrayList<>();
    private long nowNanos = Long.MAX_VALUE - Duration.ofSeconds(1).toNanos();
    private final WorkersNews news = new WorkersNews("qroar worker --join a:1", said::add, () -> nowNanos);

    private void after(int seconds, int workers) {
        nowNanos += Duration.ofSeconds(seconds).toNanos();
        news.see(workers);
    }

    @Test
    void silenceOfWorkersIsToldNowAndThen() {
        after(0, 0);
        after(10, 0);
        assertThat(said).isEmpty();
        after(6, 0);
        after(60, 0);
        assertThat(said).containsExactly("no worker is here; workers join with: qroar worker --join a:1");
        after(300, 0);
        assertThat(said).hasSize(2);
    }

    @Test
    void joiningIsToldOnceEachTimeAllWereGone() {
        after(0, 0);
        after(5, 2);
        after(5, 3);
        assertThat(said).containsExactly("2 workers have joined");
        after(5, 0);
        after(5, 1);
        assertThat(said).containsExactly("2 workers have joined", "a worker has joined");
    }
}
