package qroar.workers.torch;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was put into it, last first. Not thread-safe. */
public final class ValueScope implements AutoCloseable {
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();

    public <T extends AutoCloseable> T own(T value) {
        owned.push(value);
        return value;
    }

    @Override
    public void close() {
        while (!owned.isEmpty()) {
            AutoCloseable next = owned.pop();
            try {
                next.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("could not free " + next, e);
            }
        }
    }
}
