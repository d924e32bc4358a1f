package qroar.workers.measure;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.items.ContinuationScore;
import qroar.workers.items.ItemReader;
import qroar.workers.items.ScoredItem;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.PassPlan;
import qroar.workers.torch.DeviceOutOfMemory;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.TrialMeasurer;

/**
 * Reads a trial's items one after the other, each for itself: what is found of one depends on nothing but that item. Where the
 * device has no memory left for a chunk the item is read again in chunks of half the size, which the rest of the trial keeps.
 */
final class ItemsCursor implements TrialMeasurer.Cursor {
    private static final Logger LOG = LoggerFactory.getLogger(ItemsCursor.class);

    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel>.Loan loan;
    private final TrialSpec spec;
    private final EvaluationPlan plan;
    private final List<WindowSpan> windows;
    private final int firstWanted;
    private final Cancellation cancellation;
    private final PassOpening opening;
    private final Deque<Measurement> ready = new ArrayDeque<>();
    private int chunkTokens;
    /** Next window to be filled: the first of an item. */
    private int window;

    private long forwardTokens;
    private long computeNanos;
    private boolean ended;

    ItemsCursor(
            LocalCatalog catalog,
            ModelShelf<DecoderModel>.Loan loan,
            TrialSpec spec,
            int firstWindow,
            Cancellation cancellation,
            PassOpening opening) {
        this.catalog = catalog;
        this.loan = loan;
        this.spec = spec;
        this.plan = spec.plan();
        this.windows = plan.windows();
        this.firstWanted = firstWindow;
        this.cancellation = cancellation;
        this.opening = opening;
        this.chunkTokens = PassPlan.chunkTokens(loan.model().device());
        this.window = firstWindow < windows.size()
                ? plan.firstWindow(windows.get(firstWindow).document())
                : windows.size();
        if (loan.provenance() == ModelShelf.Provenance.LOADED) {
            ready.add(new ModelLoaded(
                    spec.quantization().isNone() ? ModelLoaded.Weights.AS_STORED : ModelLoaded.Weights.QUANTIZED));
        }
    }

    @Override
    public @Nullable Measurement next() {
        while (ready.isEmpty() && !ended) {
            if (cancellation.isRaised()) {
                throw new CancelledTrialException();
            }
            if (window >= Math.min(windows.size(), cancellation.toWindow())) {
                ready.add(new TrialCost(forwardTokens, computeNanos));
                ended = true;
            } else {
                readItem();
            }
        }
        return ready.poll();
    }

    private void readItem() {
        int number = windows.get(window).document();
        ScoredItem item = catalog.item(plan.items().get(number));
        ItemReader reader = new ItemReader(
                loan.model(),
                spec.rope(),
                spec.scales(),
                chunkTokens,
                passes -> opening.open(loan.model(), passes, cancellation));
        long begun = System.nanoTime();
        List<ContinuationScore> scores;
        try {
            scores = reader.read(item);
        } catch (CancellationException e) {
            throw new CancelledTrialException();
        } catch (DeviceOutOfMemory e) {
            readInSmallerChunks(e, number);
            return;
        }
        computeNanos += System.nanoTime() - begun;
        forwardTokens += reader.forwardTokens(item);
        scores.forEach(this::fill);
    }

    private void readInSmallerChunks(DeviceOutOfMemory cause, int number) {
        String where =
                "item " + (number + 1) + " of " + plan.items().size() + " in chunks of " + chunkTokens + " tokens";
        if (chunkTokens / 2 < DocumentsCursor.MIN_CHUNK_TOKENS) {
            throw new DeviceOutOfMemory(cause.getMessage() + " at " + where + ", the smallest", cause);
        }
        chunkTokens /= 2;
        LOG.warn("{} at {}; going on in chunks of {}", cause.getMessage(), where, chunkTokens);
    }

    /** A continuation's losses, then how many of its tokens were not the likeliest. */
    private void fill(ContinuationScore score) {
        int from = 0;
        while (windows.get(window).tokens() > 0) {
            int tokens = windows.get(window).tokens();
            add(score.nllNats(from, from + tokens));
            from += tokens;
        }
        add(score.misses());
    }

    private void add(double figure) {
        if (window >= firstWanted) {
            ready.add(new WindowLoss(window, windows.get(window).tokens(), figure));
        }
        window++;
    }

    @Override
    public void close() {
        loan.model().device().releaseAfterPass();
        loan.close();
    }
}
