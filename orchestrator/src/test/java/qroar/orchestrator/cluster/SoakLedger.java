package qroar.orchestrator.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.protocol.message.Lease;

/** What a disturbed run cost: from its journal, and from what its workers wrote down of every window they computed. */
final class SoakLedger {
    private final List<RunEvent> events;
    private final Map<String, Integer> evaluations = new HashMap<>();
    private long prefixWindows;
    private int opened;

    SoakLedger(List<RunEvent> events) {
        this.events = List.copyOf(events);
    }

    /** @param line as {@link FaultyMeasurer} writes it */
    void computed(String line) {
        String[] words = line.split(" ");
        if (words.length == 3) {
            opened++;
            for (int window = Integer.parseInt(words[1]); window < Integer.parseInt(words[2]); window++) {
                prefixWindows++;
                evaluations.merge(words[0] + " " + window, 1, Integer::sum);
            }
        } else if (words.length == 2) {
            evaluations.merge(words[0] + " " + words[1], 1, Integer::sum);
        }
    }

    int opened() {
        return opened;
    }

    int windows() {
        return evaluations.size();
    }

    /** Evaluations beyond the first of each window. */
    long again() {
        return evaluations.values().stream().mapToLong(times -> times - 1).sum();
    }

    /** Those among them that were read to get back to where a trial had been. */
    long prefix() {
        return prefixWindows;
    }

    /**
     * Leases of what had been leased before and was cut short: by a death, by silence, which is not counted as a failure,
     * or because nobody wanted more of it.
     */
    Map<String, Integer> takenUpAgain() {
        Map<Integer, Deque<String>> ended = new HashMap<>();
        Set<Lease> held = new HashSet<>();
        Map<String, Integer> reasons = new TreeMap<>();
        for (RunEvent event : events) {
            if (event instanceof RunEvent.Leasing e) {
                Deque<String> before = ended.get(e.trial());
                if (before != null && !before.isEmpty()) {
                    reasons.merge(before.remove(), 1, Integer::sum);
                }
                held.add(new Lease(e.trial(), e.attempt()));
            } else if (event instanceof RunEvent.AttemptFailed e && held.remove(new Lease(e.trial(), e.attempt()))) {
                cut(ended, e.trial(), "failed");
            } else if (event instanceof RunEvent.AttemptDeclined e && held.remove(new Lease(e.trial(), e.attempt()))) {
                cut(ended, e.trial(), "silent");
            } else if (event instanceof RunEvent.PortionFinished e) {
                held.remove(new Lease(e.trial(), e.attempt()));
            } else if (event instanceof RunEvent.TrialReleased e) {
                cutAll(ended, held, "released", lease -> lease.trial() == e.trial());
            } else if (event instanceof RunEvent.TrialFinished e) {
                held.removeIf(lease -> lease.trial() == e.trial());
                ended.remove(e.trial());
            } else if (event instanceof RunEvent.RunResumed) {
                cutAll(ended, held, "coordinator restarted", lease -> true);
            }
        }
        return reasons;
    }

    private static void cut(Map<Integer, Deque<String>> ended, int trial, String reason) {
        ended.computeIfAbsent(trial, none -> new ArrayDeque<>()).add(reason);
    }

    private static void cutAll(
            Map<Integer, Deque<String>> ended, Set<Lease> held, String reason, Predicate<Lease> which) {
        List<Lease> cut = held.stream().filter(which).toList();
        cut.forEach(lease -> cut(ended, (int) lease.trial(), reason));
        cut.forEach(held::remove);
    }

    /** Milliseconds from the death of a process to the end of the lease it held, sorted. */
    List<Long> detections(Map<Long, Long> deathMillisByPid) {
        Map<String, Long> holders = new HashMap<>();
        List<Long> found = new ArrayList<>();
        for (RunEvent event : events) {
            if (event instanceof RunEvent.Leasing e) {
                holders.put(e.trial() + "/" + e.attempt(), pid(e.worker()));
            } else if (event instanceof RunEvent.AttemptFailed e) {
                add(
                        found,
                        deathMillisByPid.get(holders.getOrDefault(e.trial() + "/" + e.attempt(), -1L)),
                        e.atMillis());
            } else if (event instanceof RunEvent.AttemptDeclined e) {
                add(
                        found,
                        deathMillisByPid.get(holders.getOrDefault(e.trial() + "/" + e.attempt(), -1L)),
                        e.atMillis());
            }
        }
        return found.stream().sorted().collect(Collectors.toList());
    }

    /** @param died null for a holder that was not killed */
    private static void add(List<Long> found, @Nullable Long died, long endedMillis) {
        if (died != null && endedMillis >= died) {
            found.add(endedMillis - died);
        }
    }

    private static long pid(String worker) {
        int from = worker.indexOf("-pid") + "-pid".length();
        return Long.parseLong(worker.substring(from, worker.indexOf('-', from)));
    }

    /** Of attempts that counted against their trials. */
    Map<String, Long> causes() {
        return counted(events.stream()
                .filter(RunEvent.AttemptFailed.class::isInstance)
                .map(event -> ((RunEvent.AttemptFailed) event).cause()));
    }

    /** Of attempts that ended without counting. */
    Map<String, Long> silences() {
        return counted(events.stream()
                .filter(RunEvent.AttemptDeclined.class::isInstance)
                .map(event -> ((RunEvent.AttemptDeclined) event).reason()));
    }

    private static Map<String, Long> counted(Stream<String> causes) {
        return causes.map(cause -> cause.replaceAll("[0-9]+", "#"))
                .map(cause -> cause.substring(0, Math.min(60, cause.length())))
                .collect(Collectors.groupingBy(cause -> cause, Collectors.counting()));
    }
}
