package qroar.workers.measure;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.PassPlan;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.TrialMeasurer;

/**
 * Reads a trial's documents one after the other, each from its start, in chunks that depend on nothing but the document:
 * a trial that is taken up again computes the same numbers.
 */
final class DocumentsCursor implements TrialMeasurer.Cursor {
    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel>.Loan loan;
    private final TrialSpec spec;
    private final EvaluationPlan plan;
    private final List<WindowSpan> windows;
    private final Cancellation cancellation;
    private final int firstWindow;
    private final Deque<Measurement> ready = new ArrayDeque<>();
    /** Next window to be filled, counted over the whole plan. */
    private int window;

    private int document;
    private @Nullable DocumentPass pass;
    private int[] tokens = {};
    private double windowNats;
    private long forwardTokens;
    private long computeNanos;
    private boolean ended;

    DocumentsCursor(
            LocalCatalog catalog,
            ModelShelf<DecoderModel>.Loan loan,
            TrialSpec spec,
            int firstWindow,
            Cancellation cancellation) {
        this.catalog = catalog;
        this.loan = loan;
        this.spec = spec;
        this.plan = spec.plan();
        this.windows = plan.windows();
        this.cancellation = cancellation;
        this.firstWindow = firstWindow;
        this.document = firstWindow < windows.size()
                ? windows.get(firstWindow).document()
                : plan.documents().size();
        this.window = firstOf(document);
    }

    private int firstOf(int sought) {
        int first = 0;
        while (first < windows.size() && windows.get(first).document() < sought) {
            first++;
        }
        return first;
    }

    @Override
    public @Nullable Measurement next() {
        while (ready.isEmpty() && !ended) {
            if (cancellation.isRaised()) {
                throw new CancelledTrialException();
            }
            if (document == plan.documents().size()) {
                ready.add(new TrialCost(forwardTokens, computeNanos));
                ended = true;
            } else {
                readChunk();
            }
        }
        return ready.poll();
    }

    private void readChunk() {
        DocumentPass current = pass == null ? openPass() : pass;
        int from = current.position();
        int to = Math.min(from + PassPlan.DEFAULT_CHUNK_TOKENS, plan.positions(document));
        long begun = System.nanoTime();
        float[] nll;
        try {
            nll = current.advance(tokens, from, to);
        } catch (CancellationException e) {
            throw new CancelledTrialException();
        }
        computeNanos += System.nanoTime() - begun;
        forwardTokens += to - from;
        boolean last = to == plan.positions(document);
        fill(nll, Math.max(from, 1), last ? current : null);
        if (last) {
            current.close();
            pass = null;
            document++;
        }
    }

    private DocumentPass openPass() {
        TokenizedDocument read = catalog.document(plan.documents().get(document));
        tokens = read.tokens();
        pass = DocumentPass.open(
                loan.model(), spec.rope(), spec.scales(), plan.positions(document), spec.probe(), cancellation);
        windowNats = 0;
        return pass;
    }

    /** Adds token losses to their windows; histograms go out before the last window of a document. */
    private void fill(float[] nll, int fromPosition, @Nullable DocumentPass endingPass) {
        List<WindowLoss> complete = new ArrayList<>();
        for (int i = 0; i < nll.length; i++) {
            windowNats += nll[i];
            WindowSpan span = windows.get(window);
            if (fromPosition + i + 1 == span.toPosition()) {
                complete.add(new WindowLoss(window, span.tokens(), windowNats));
                windowNats = 0;
                window++;
            }
        }
        if (endingPass != null && !complete.isEmpty()) {
            WindowLoss last = complete.remove(complete.size() - 1);
            addWanted(complete);
            ready.addAll(endingPass.activations(document));
            addWanted(List.of(last));
        } else {
            addWanted(complete);
        }
    }

    private void addWanted(List<WindowLoss> complete) {
        for (WindowLoss loss : complete) {
            if (loss.index() >= firstWindow) {
                ready.add(loss);
            }
        }
    }

    @Override
    public void close() {
        if (pass != null) {
            pass.close();
            pass = null;
        }
        loan.close();
    }
}
