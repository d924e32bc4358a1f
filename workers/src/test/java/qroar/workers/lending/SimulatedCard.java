package qroar.workers.lending;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An accelerator with two streams as PyTorch's allocator sees it: what is queued runs when somebody lets it, in the order of its
 * stream; memory belongs to the stream on which it was allocated, whoever frees it, and what was freed last is handed out
 * first, at once. A kernel that reads other contents than it was queued for is a fault.
 */
final class SimulatedCard {
    enum Queue {
        COMPUTING,
        COPYING
    }

    static final class Block {
        private final Queue home;
        private long content = -1;
        private boolean live = true;

        Block(Queue home) {
            this.home = home;
        }
    }

    private record Kernel(Runnable effect, BooleanSupplier ready) {}

    private final Map<Queue, Deque<Kernel>> queued = new EnumMap<>(Queue.class);
    private final Map<Queue, Deque<Block>> freed = new EnumMap<>(Queue.class);
    private Queue current = Queue.COMPUTING;
    private long givenToComputing;
    private long doneByComputing;
    private int live;
    private @Nullable String fault;

    SimulatedCard() {
        for (Queue queue : Queue.values()) {
            queued.put(queue, new ArrayDeque<>());
            freed.put(queue, new ArrayDeque<>());
        }
    }

    private Deque<Kernel> kernelsOf(Queue queue) {
        return Objects.requireNonNull(queued.get(queue));
    }

    private Deque<Block> blocksOf(Queue queue) {
        return Objects.requireNonNull(freed.get(queue));
    }

    /** As a thread whose current stream is that one. */
    void on(Queue queue, Runnable work) {
        Queue before = current;
        current = queue;
        try {
            work.run();
        } finally {
            current = before;
        }
    }

    Block allocate() {
        Block again = blocksOf(current).pollLast();
        live++;
        if (again == null) {
            return new Block(current);
        }
        again.live = true;
        return again;
    }

    void free(Block block) {
        if (!block.live) {
            throw new AssertionError("freed twice");
        }
        block.live = false;
        live--;
        blocksOf(block.home).addLast(block);
    }

    int live() {
        return live;
    }

    void write(Block to, long content) {
        queue(() -> to.content = content, () -> true);
    }

    void read(Block from, long expected) {
        queue(() -> require(from, expected), () -> true);
    }

    void copy(Block from, long expected, Block to, long content) {
        queue(
                () -> {
                    require(from, expected);
                    to.content = content;
                },
                () -> true);
    }

    /** Kept, not thrown: a kernel runs where nobody could be told, and the card goes on. */
    private void require(Block block, long expected) {
        if (block.content != expected && fault == null) {
            fault = "a kernel read " + block.content + " where " + expected + " should have been";
        }
    }

    /** What the first kernel found that read something else; null where all was right. */
    @Nullable String fault() {
        return fault;
    }

    private void queue(Runnable effect, BooleanSupplier ready) {
        kernelsOf(current).add(new Kernel(effect, ready));
        if (current == Queue.COMPUTING) {
            givenToComputing++;
        }
    }

    /** What is queued for copying from now on waits for what computing was given. */
    void join() {
        long event = givenToComputing;
        on(Queue.COPYING, () -> queue(() -> {}, () -> doneByComputing >= event));
    }

    /** Runs what copying was given, and of computing only what that waits for: the least that is right. */
    void finishCopying() {
        while (!kernelsOf(Queue.COPYING).isEmpty()) {
            if (!step(Queue.COPYING) && !step(Queue.COMPUTING)) {
                throw new AssertionError("both streams wait");
            }
        }
    }

    /** Runs a stream's next kernel; false where there is none, or it waits. */
    boolean step(Queue queue) {
        Kernel next = kernelsOf(queue).peek();
        if (next == null || !next.ready().getAsBoolean()) {
            return false;
        }
        kernelsOf(queue).remove();
        next.effect().run();
        if (queue == Queue.COMPUTING) {
            doneByComputing++;
        }
        return true;
    }
}
