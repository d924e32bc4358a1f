package qroar.workers.lending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import qroar.workers.lending.SimulatedCard.Block;
import qroar.workers.lending.SimulatedCard.Queue;

class CopyLaneTest {
    private static final int SEEDS = 200;

    /** Passes over one model in a random order of everything that may happen in any order; one seed is one order. */
    private static final class World {
        private static final int LAYERS = 4;
        private static final int PASSES = 9;
        private static final int TOGETHER = 3;

        private final Random random;
        private final SimulatedCard card = new SimulatedCard();
        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private final List<Block> resting = new ArrayList<>();
        private final List<Pass> passes = new ArrayList<>();
        private final LentLayers<Layer> layers;
        private long serial = 1000;
        private int begun;
        private int mostLayers;
        private int livingLayers;

        World(long seed, BiFunction<World, CopyLane.Stream, Lane> lane) {
            random = new Random(seed);
            layers = new LentLayers<>(this::made, this::free, lane.apply(this, new CopyLane.Stream() {
                @Override
                public void join() {
                    card.join();
                }

                @Override
                public void finish() {
                    card.finishCopying();
                }
            }));
        }

        private static final class Layer {
            private final long content;
            private final List<Block> parts = new ArrayList<>();

            Layer(long content) {
                this.content = content;
            }
        }

        /** Unpacks two parts, each by way of memory that is freed at once; others go on meanwhile. */
        private Layer made(int index) {
            Layer layer = new Layer(serial++);
            mostLayers = Math.max(mostLayers, ++livingLayers);
            for (int part = 0; part < 2; part++) {
                Block way = card.allocate();
                card.copy(resting.get(index), index, way, layer.content);
                othersGoOn();
                Block whole = card.allocate();
                layer.parts.add(whole);
                card.copy(way, layer.content, whole, layer.content);
                card.free(way);
                othersGoOn();
                if (random.nextInt(40) == 0) {
                    free(layer);
                    throw new IllegalStateException("unreadable");
                }
            }
            return layer;
        }

        private void free(Layer layer) {
            livingLayers--;
            layer.parts.forEach(card::free);
        }

        private void othersGoOn() {
            while (random.nextInt(3) > 0) {
                if (!passes.isEmpty() && random.nextBoolean()) {
                    Pass any = passes.get(random.nextInt(passes.size()));
                    card.on(Queue.COMPUTING, any::goOn);
                } else {
                    card.step(random.nextInt(4) == 0 ? Queue.COMPUTING : Queue.COPYING);
                }
            }
        }

        /** The thread of the lane does what it was given. */
        private void runLane() {
            while (!tasks.isEmpty()) {
                card.on(Queue.COPYING, tasks.remove());
            }
        }

        private final class Pass {
            private int next = random.nextInt(LAYERS);
            private int layersLeft = 1 + random.nextInt(2 * LAYERS);
            private int kernelsLeft;
            private @Nullable LayerUse<Layer> current;
            private @Nullable LayerUse<Layer> ahead;
            private @Nullable Layer here;

            /** What needs no waiting: a kernel with the layer that is here, or giving it back. */
            void goOn() {
                if (current == null || here == null) {
                    return;
                }
                if (kernelsLeft-- > 0) {
                    Layer read = here;
                    Block result = card.allocate();
                    read.parts.forEach(part -> card.read(part, read.content));
                    card.write(result, 0);
                    card.free(result);
                    return;
                }
                current.close();
                current = ahead;
                ahead = null;
                here = null;
                layersLeft--;
            }

            /** Anything; false once it has ended. */
            boolean step() {
                if (random.nextInt(50) == 0) {
                    end();
                    return false;
                }
                if (here != null) {
                    goOn();
                    return true;
                }
                if (layersLeft <= 0) {
                    end();
                    return false;
                }
                if (current == null) {
                    current = layers.lend(next);
                }
                if (ahead == null && random.nextInt(4) > 0) {
                    next = (next + 1) % LAYERS;
                    ahead = layers.ahead(next);
                }
                if (random.nextBoolean()) {
                    return true;
                }
                runLane();
                try {
                    here = current.packed();
                    kernelsLeft = random.nextInt(5);
                    return true;
                } catch (IllegalStateException unreadable) {
                    end();
                    return false;
                }
            }

            private void end() {
                runLane();
                for (LayerUse<Layer> use : Arrays.asList(current, ahead)) {
                    if (use != null) {
                        use.close();
                    }
                }
                here = null;
                current = null;
                ahead = null;
            }
        }

        /** What went wrong, or null. */
        @Nullable String run() {
            for (int layer = 0; layer < LAYERS; layer++) {
                resting.add(card.allocate());
                card.write(resting.get(layer), layer);
            }
            while (begun < PASSES || !passes.isEmpty()) {
                if (passes.size() < TOGETHER && begun < PASSES) {
                    passes.add(new Pass());
                    begun++;
                }
                switch (random.nextInt(8)) {
                    case 0, 1, 2, 3 -> {
                        Pass any = passes.get(random.nextInt(passes.size()));
                        if (!any.step()) {
                            passes.remove(any);
                        }
                    }
                    case 4, 5 -> {
                        if (!tasks.isEmpty()) {
                            card.on(Queue.COPYING, tasks.remove());
                        }
                    }
                    case 6 -> card.step(Queue.COPYING);
                    default -> card.step(Queue.COMPUTING);
                }
            }
            close();
            return card.fault();
        }

        /** The model's weights go, and their memory is another's at once. */
        private void close() {
            runLane();
            resting.forEach(card::free);
            for (int i = 0; i < LAYERS; i++) {
                card.write(card.allocate(), -2);
            }
            while (card.step(Queue.COMPUTING)) {
                // all of it first: whatever copying has left reads what is there now
            }
            card.finishCopying();
        }
    }

    private static Lane right(World world, CopyLane.Stream stream) {
        return new CopyLane(world.tasks::add, stream);
    }

    @Test
    void nothingIsOverwrittenWhileItIsReadInWhateverOrderThingsHappen() {
        for (long seed = Long.getLong("seed", 0); seed < Long.getLong("seed", SEEDS - 1) + 1; seed++) {
            World world = new World(seed, CopyLaneTest::right);
            assertThat(world.run()).as("-Dseed=%d", seed).isNull();
            assertThat(world.card.live())
                    .as("blocks that nobody freed, -Dseed=%d", seed)
                    .isEqualTo(World.LAYERS);
            assertThat(world.mostLayers).as("layers at a time, seed %d", seed).isLessThanOrEqualTo(2 * World.TOGETHER);
        }
    }

    @Test
    void aLaneThatDoesNotWaitForReadersIsFound() {
        assertFound((world, stream) -> right(world, new CopyLane.Stream() {
            @Override
            public void join() {}

            @Override
            public void finish() {
                stream.finish();
            }
        }));
    }

    @Test
    void aLaneThatHandsOutWhatIsNotYetWrittenIsFound() {
        assertFound((world, stream) -> right(world, new CopyLane.Stream() {
            @Override
            public void join() {
                stream.join();
            }

            @Override
            public void finish() {}
        }));
    }

    @Test
    void aLaneThatFreesOnTheThreadThatGivesBackIsFound() {
        assertFound((world, stream) -> {
            Lane right = right(world, stream);
            return new Lane() {
                @Override
                public <T> CompletableFuture<T> make(Supplier<T> maker) {
                    return right.make(maker);
                }

                @Override
                public <T> CompletableFuture<T> makeAhead(Supplier<T> maker) {
                    return right.makeAhead(maker);
                }

                @Override
                public void free(Runnable freeing) {
                    freeing.run();
                }

                @Override
                public void settle() {}
            };
        });
    }

    private static void assertFound(BiFunction<World, CopyLane.Stream, Lane> broken) {
        int found = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            if (new World(seed, broken).run() != null) {
                found++;
            }
        }
        assertThat(found).as("seeds of %d that show it", SEEDS).isGreaterThan(SEEDS / 10);
    }

    @Test
    void layersThatCannotBeFreedYetAreKeptAndTriedAgain() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        AtomicBoolean broken = new AtomicBoolean(true);
        Lane lane = new CopyLane(tasks::add, new CopyLane.Stream() {
            @Override
            public void join() {
                if (broken.get()) {
                    throw new IllegalStateException("no event");
                }
            }

            @Override
            public void finish() {}
        });
        AtomicBoolean freed = new AtomicBoolean();
        lane.free(() -> freed.set(true));
        CompletableFuture<String> failed = lane.make(() -> "layer");
        CompletableFuture<String> made = lane.make(() -> "layer");
        tasks.remove().run();
        tasks.remove().run();
        assertThat(freed).isFalse();
        assertThatThrownBy(failed::join).hasRootCauseMessage("no event");
        broken.set(false);
        tasks.remove().run();
        assertThat(freed).isTrue();
        assertThat(made.join()).isEqualTo("layer");
    }

    @Test
    void settlingWaitsForWhatWasGivenBack() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Lane lane = new CopyLane(thread, new CopyLane.Stream() {
                @Override
                public void join() {}

                @Override
                public void finish() {}
            });
            CountDownLatch gate = new CountDownLatch(1);
            AtomicBoolean freed = new AtomicBoolean();
            CompletableFuture<Boolean> blocked = lane.makeAhead(() -> {
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return freed.get();
            });
            lane.free(() -> freed.set(true));
            gate.countDown();
            lane.settle();
            assertThat(freed).isTrue();
            assertThat(blocked.join()).isFalse();
        } finally {
            thread.shutdownNow();
        }
    }
}
