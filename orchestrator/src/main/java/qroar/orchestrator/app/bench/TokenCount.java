package qroar.orchestrator.app.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import qroar.experiments.trial.TrialLabel;
import qroar.experiments.trial.TrialLabel.Purpose;
import qroar.orchestrator.coordinator.UnjournaledRun.Share;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.model.PassPlan;

/**
 * Tokens that go through the model for a study's trials, by purpose. A trial that is taken up again, or stopped within a
 * chunk, costs whole chunks from the start of the document, as it does a worker; a gradient's backward pass is not counted.
 * Thread-safe.
 */
final class TokenCount {
    private final Map<Purpose, Long> byPurpose = new TreeMap<>();
    private final Map<String, Long> byLabel = new TreeMap<>();

    synchronized long of(Purpose purpose) {
        return byPurpose.getOrDefault(purpose, 0L);
    }

    /** Of one trial, as far as this label asked for it. */
    synchronized long of(String label) {
        return byLabel.getOrDefault(label, 0L);
    }

    /** @param to windows measured in the end, those before the share's first among them */
    synchronized void add(Share share, int to) {
        long spent = 0;
        EvaluationPlan plan = share.spec().plan();
        List<WindowSpan> windows = plan.windows();
        for (int w = share.firstWindow(); w < to; w++) {
            WindowSpan window = windows.get(w);
            boolean lastOfDocument = w + 1 == to || windows.get(w + 1).document() != window.document();
            if (lastOfDocument) {
                int chunks = (window.toPosition() + PassPlan.DEFAULT_CHUNK_TOKENS - 1) / PassPlan.DEFAULT_CHUNK_TOKENS;
                spent += Math.min(plan.positions(window.document()), chunks * PassPlan.DEFAULT_CHUNK_TOKENS);
            }
        }
        byPurpose.merge(TrialLabel.purpose(share.label()), spent, Long::sum);
        byLabel.merge(share.label(), spent, Long::sum);
    }
}
