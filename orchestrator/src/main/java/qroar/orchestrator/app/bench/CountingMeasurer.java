package qroar.orchestrator.app.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialKey;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.model.PassPlan;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/**
 * Answers a study's requests in this process and counts the tokens that go through the model for them, by purpose. Equal
 * trials share their windows, as in a run. A trial that is taken up again, or stopped within a chunk, costs whole chunks
 * from the start of the document, as it does a worker. Thread-safe.
 */
final class CountingMeasurer {
    /** What tokens are spent for. */
    enum Purpose {
        BASELINE,
        DIAGNOSTICS,
        CANDIDATES,
        HELD_OUT;

        static Purpose of(String label) {
            if (label.equals("baseline")) {
                return BASELINE;
            }
            if (label.startsWith("held-out/")) {
                return HELD_OUT;
            }
            return label.startsWith("unquantized/") ? DIAGNOSTICS : CANDIDATES;
        }
    }

    /** All windows of one key so far. */
    private record Known(double[] nll, List<LayerActivations> activations) {}

    private final TrialMeasurer measurer;
    private final Map<TrialKey, Known> known = new ConcurrentHashMap<>();
    private final Map<Purpose, Long> tokens = new TreeMap<>();
    private final Map<String, Long> tokensByLabel = new TreeMap<>();

    CountingMeasurer(TrialMeasurer measurer) {
        this.measurer = measurer;
    }

    synchronized long tokens(Purpose purpose) {
        return tokens.getOrDefault(purpose, 0L);
    }

    /** Of one trial, as far as this label asked for it. */
    synchronized long tokens(String label) {
        return tokensByLabel.getOrDefault(label, 0L);
    }

    /** Measures what the request asks for and no more than its study's stopping rule wants. */
    TrialResult answer(StudyProgress progress, TrialRequest request) {
        TrialKey key = request.spec().key();
        Known before = known.getOrDefault(key, new Known(new double[0], List.of()));
        double[] nll = Arrays.copyOf(before.nll(), Math.max(request.windowLimit(), before.nll().length));
        List<LayerActivations> activations = new ArrayList<>(before.activations());
        int have = before.nll().length;
        for (int seen = 1; seen <= Math.min(have, request.windowLimit()); seen++) {
            Verdict verdict = progress.judge(request.label(), Arrays.copyOf(nll, seen));
            if (verdict.stop()) {
                return new TrialResult.Stopped(Arrays.copyOf(nll, seen), verdict);
            }
        }
        Verdict last = Verdict.UNDECIDED;
        if (have < request.windowLimit()) {
            int from = have;
            try (TrialMeasurer.Cursor cursor = measurer.open(request.spec(), have, new Cancellation())) {
                boolean whole =
                        request.windowLimit() == request.spec().plan().windows().size();
                Measurement next = cursor.next();
                while (next != null && !last.stop()) {
                    if (next instanceof WindowLoss window) {
                        nll[have++] = window.nllNats();
                        last = progress.judge(request.label(), Arrays.copyOf(nll, have));
                    } else if (next instanceof LayerActivations layer) {
                        activations.add(layer);
                    }
                    next = have == request.windowLimit() && !whole ? null : cursor.next();
                }
            }
            count(request, from, have);
            known.put(key, new Known(Arrays.copyOf(nll, have), activations));
        }
        double[] seen = Arrays.copyOf(nll, Math.min(have, request.windowLimit()));
        return last.stop() ? new TrialResult.Stopped(seen, last) : new TrialResult.Measured(seen, activations);
    }

    private synchronized void count(TrialRequest request, int from, int to) {
        long spent = 0;
        EvaluationPlan plan = request.spec().plan();
        List<WindowSpan> windows = plan.windows();
        for (int w = from; w < to; w++) {
            WindowSpan window = windows.get(w);
            boolean lastOfDocument = w + 1 == to || windows.get(w + 1).document() != window.document();
            if (lastOfDocument) {
                int chunks = (window.toPosition() + PassPlan.DEFAULT_CHUNK_TOKENS - 1) / PassPlan.DEFAULT_CHUNK_TOKENS;
                spent += Math.min(plan.positions(window.document()), chunks * PassPlan.DEFAULT_CHUNK_TOKENS);
            }
        }
        tokens.merge(Purpose.of(request.label()), spent, Long::sum);
        tokensByLabel.merge(request.label(), spent, Long::sum);
    }
}
