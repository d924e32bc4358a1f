package qroar.orchestrator.app.live;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.Portion;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.trial.WindowSpan;

/**
 * Scored tokens per second of each worker over the last half minute, from how its leases have come on between one look and
 * the next. Not thread-safe.
 */
final class WorkerPace {
    private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** A lease of a trial. */
    private record Held(int trial, int attempt) {}

    private record Seen(Portion portion, int next) {}

    private record Step(long nanos, long tokens) {}

    private final Map<Held, Seen> held = new HashMap<>();
    private final Map<String, Deque<Step>> steps = new HashMap<>();

    /** @param nanos monotonic */
    void see(RunState state, long nanos) {
        Map<String, Long> more = new HashMap<>();
        for (Iterator<Map.Entry<Held, Seen>> each = held.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Held, Seen> lease = each.next();
            Seen seen = lease.getValue();
            TrialState trial = state.trial(lease.getKey().trial());
            Portion now = trial.portion(lease.getKey().attempt());
            int next = trial.next(seen.portion());
            more.merge(seen.portion().worker(), tokens(trial, seen.next(), next), Long::sum);
            if (now == null) {
                each.remove();
            } else {
                lease.setValue(new Seen(now, trial.next(now)));
            }
        }
        for (int number : state.leased()) {
            TrialState trial = state.trial(number);
            for (Portion portion : trial.portions()) {
                held.computeIfAbsent(new Held(number, portion.attempt()), lease -> {
                    more.merge(portion.worker(), tokens(trial, portion.firstWindow(), trial.next(portion)), Long::sum);
                    return new Seen(portion, trial.next(portion));
                });
            }
        }
        more.forEach((worker, tokens) ->
                steps.computeIfAbsent(worker, first -> new ArrayDeque<>()).addLast(new Step(nanos, tokens)));
        steps.values().forEach(of -> {
            while (!of.isEmpty() && nanos - of.getFirst().nanos() > SPAN_NANOS) {
                of.removeFirst();
            }
        });
        steps.values().removeIf(Deque::isEmpty);
    }

    private static long tokens(TrialState trial, int from, int to) {
        return to <= from
                ? 0
                : trial.spec().plan().windows().subList(from, to).stream()
                        .mapToLong(WindowSpan::tokens)
                        .sum();
    }

    /** 0 where nothing is known of it. */
    double of(String worker, long nanos) {
        Deque<Step> known = steps.get(worker);
        if (known == null) {
            return 0;
        }
        double seconds = (nanos - known.getFirst().nanos()) / 1e9;
        // What the first look found came before it.
        long tokens = known.stream().skip(1).mapToLong(Step::tokens).sum();
        return seconds > 0 ? tokens / seconds : 0;
    }
}
