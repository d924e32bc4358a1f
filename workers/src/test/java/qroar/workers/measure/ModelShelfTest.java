package qroar.workers.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.Precision;
import qroar.workers.checkpoint.Headway;
import qroar.workers.placement.Placement;

class ModelShelfTest {
    private final List<String> journal = new CopyOnWriteArrayList<>();

    private final class Model implements AutoCloseable {
        private final String name;

        Model(String name) {
            this.name = name;
            journal.add("load " + name);
        }

        @Override
        public void close() {
            journal.add("close " + name);
        }
    }

    private static ModelKey key(String name) {
        return new ModelKey(name, Precision.FLOAT32, QuantizationSpec.NONE, Calibration.NONE, Placement.WIDENED);
    }

    private ModelShelf<Model> shelf(long maxBytes) {
        return new ModelShelf<>(key -> new Model(key.checkpointDigest()), key -> 10, maxBytes);
    }

    @Test
    void whoWaitsForAModelComesAsFarAsItsLoader() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        ModelShelf<Model> shelf = new ModelShelf<>(
                key -> {
                    begun.countDown();
                    Headway.step();
                    await(asked);
                    Headway.step();
                    return new Model(key.checkpointDigest());
                },
                key -> 10,
                100);
        Headway loader = new Headway();
        Headway waiter = new Headway();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        Future<?> loading = threads.submit(() -> loader.during(() -> shelf.lend(key("a"))));
        begun.await(20, TimeUnit.SECONDS);
        Future<?> waiting = threads.submit(() -> waiter.during(() -> shelf.lend(key("a"))));
        while (waiter.steps() == 0) {
            Thread.onSpinWait();
        }
        asked.countDown();
        loading.get(20, TimeUnit.SECONDS);
        waiting.get(20, TimeUnit.SECONDS);
        threads.shutdown();
        assertThat(waiter.steps()).isEqualTo(loader.steps()).isEqualTo(2);
        assertThat(journal).containsExactly("load a");
    }

    @Test
    void manyWhoWantOneModelAtOnceLoadItOnce() throws Exception {
        CountDownLatch allAsked = new CountDownLatch(1);
        ModelShelf<Model> shelf = new ModelShelf<>(
                key -> {
                    await(allAsked);
                    return new Model(key.checkpointDigest());
                },
                key -> 10,
                100);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<Model>> models = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            models.add(threads.submit(() -> {
                try (ModelShelf<Model>.Loan loan = shelf.lend(key("a"))) {
                    return loan.model();
                }
            }));
        }
        allAsked.countDown();
        for (Future<Model> model : models) {
            assertThat(model.get(20, TimeUnit.SECONDS)).isSameAs(models.get(0).get());
        }
        threads.shutdown();
        assertThat(journal).containsExactly("load a");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void failedLoadIsTriedAgain() {
        List<String> asked = new ArrayList<>();
        ModelShelf<Model> shelf = new ModelShelf<>(
                key -> {
                    asked.add(key.checkpointDigest());
                    if (asked.size() == 1) {
                        throw new IllegalStateException("disk away");
                    }
                    return new Model(key.checkpointDigest());
                },
                key -> 10,
                100);
        assertThatThrownBy(() -> shelf.lend(key("a"))).hasMessage("disk away");
        shelf.lend(key("a")).close();
        assertThat(asked).hasSize(2);
        assertThat(journal).containsExactly("load a");
    }

    @Test
    void roomIsMadeBeforeTheNextModelIsLoadedAndOnlyOfIdleOnes() {
        ModelShelf<Model> shelf = shelf(20);
        shelf.lend(key("a")).close();
        ModelShelf<Model>.Loan busy = shelf.lend(key("b"));
        shelf.lend(key("c")).close();
        assertThat(journal).containsExactly("load a", "load b", "close a", "load c");

        shelf.lend(key("d")).close();
        assertThat(journal).endsWith("close c", "load d");
        busy.close();
        busy.close();
        shelf.lend(key("b")).close();
        assertThat(journal).doesNotContain("close b").hasSize(6);
    }

    @Test
    void modelsInUseMayExceedTheBoundAndIdleOnesNeverDo() {
        ModelShelf<Model> shelf = shelf(10);
        ModelShelf<Model>.Loan a = shelf.lend(key("a"));
        ModelShelf<Model>.Loan b = shelf.lend(key("b"));
        assertThat(journal).containsExactly("load a", "load b");
        a.close();
        assertThat(journal).endsWith("close a");
        b.close();
        assertThat(journal).doesNotContain("close b");
    }

    @Test
    void closedShelfLetsLentModelsGoWhenTheyComeBack() {
        ModelShelf<Model> shelf = shelf(100);
        shelf.lend(key("idle")).close();
        ModelShelf<Model>.Loan lent = shelf.lend(key("lent"));
        shelf.close();
        assertThat(journal).endsWith("close idle").doesNotContain("close lent");
        lent.close();
        assertThat(journal).endsWith("close lent");
        assertThatThrownBy(() -> shelf.lend(key("idle"))).hasMessageContaining("closed");
    }
}
