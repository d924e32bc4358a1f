package qroar.orchestrator.app.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Tasks side by side, their answers in order. */
final class Parallel {
    private Parallel() {}

    static <T> List<T> all(ExecutorService threads, List<? extends Callable<T>> tasks) {
        List<T> answers = new ArrayList<>();
        try {
            for (Future<T> task : threads.invokeAll(tasks)) {
                answers.add(task.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
        return answers;
    }
}
