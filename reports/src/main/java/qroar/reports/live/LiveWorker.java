package qroar.reports.live;

import java.util.List;

/**
 * A worker.
 *
 * @param device {@code cpu} or {@code gpu:N}
 * @param threads of one forward pass
 * @param memoryBytes memory of the device that it may use
 * @param engine what computes there, in words
 * @param tokensPerSecond scored tokens of late; 0 while it is not known
 * @param trials what it measures, as study and label
 */
public record LiveWorker(
        String id,
        String device,
        int threads,
        long memoryBytes,
        String engine,
        double tokensPerSecond,
        List<String> trials) {
    public LiveWorker {
        trials = List.copyOf(trials);
    }
}
