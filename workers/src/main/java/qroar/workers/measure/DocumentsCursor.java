package qroar.workers.measure;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
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
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.divergence.BesideReference;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.GradientPass;
import qroar.workers.model.LayerwisePass;
import qroar.workers.model.PassPlan;
import qroar.workers.model.StateSink;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.DeviceOutOfMemory;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.TrialMeasurer;

/**
 * Reads a trial's documents one after the other, each from its start, in chunks that depend on nothing but the document:
 * a trial that is taken up again computes the same numbers.
 *
 * <p>In layer order a group of documents is read whole before any of its windows goes out; then they all do, in document
 * order. Which documents form a group follows from the evaluation plan, and no number depends on it.
 *
 * <p>Where the device has no memory left for a chunk, the document (in layer order, the group) is read again from its start in chunks of half the
 * size, which the rest of the trial keeps; windows that went out before do not go out again. Sums over chunks of another
 * size are rounded elsewhere: such losses agree to float32 rounding (1e-4 nats a token in the tests), not to the bit.
 */
final class DocumentsCursor implements TrialMeasurer.Cursor {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentsCursor.class);
    /** Below this a pass needs its memory for weights and cache, and smaller chunks would not help. */
    static final int MIN_CHUNK_TOKENS = 16;

    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel>.Loan loan;
    private final TrialSpec spec;
    private final EvaluationPlan plan;
    private final List<WindowSpan> windows;
    private final Cancellation cancellation;
    private final PassOpening opening;
    private final ReadingPlan reading;
    private final @Nullable BesideReference beside;
    /** Losses of the document that is read so far, where it is to be set beside its reference. */
    private float[] documentNll = {};

    private @Nullable StateSink states;
    /** First window that is to go out. */
    private int firstWanted;

    private int chunkTokens;
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

    /** @param beside closed with the cursor; null where the trial is compared with nothing */
    DocumentsCursor(
            LocalCatalog catalog,
            ModelShelf<DecoderModel>.Loan loan,
            TrialSpec spec,
            int firstWindow,
            Cancellation cancellation,
            PassOpening opening,
            ReadingPlan reading,
            @Nullable BesideReference beside) {
        this.beside = beside;
        this.catalog = catalog;
        this.loan = loan;
        this.spec = spec;
        this.plan = spec.plan();
        this.windows = plan.windows();
        this.cancellation = cancellation;
        this.opening = opening;
        this.reading = reading;
        this.chunkTokens = PassPlan.chunkTokens(loan.model().device());
        this.firstWanted = firstWindow;
        this.document = firstWindow < windows.size()
                ? windows.get(firstWindow).document()
                : plan.documents().size();
        this.window = firstOf(document);
        if (loan.provenance() == ModelShelf.Provenance.LOADED) {
            ready.add(new ModelLoaded(
                    spec.quantization().isNone() ? ModelLoaded.Weights.AS_STORED : ModelLoaded.Weights.QUANTIZED));
        }
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
            if (document == plan.documents().size() || window >= cancellation.toWindow()) {
                closePass();
                ready.add(new TrialCost(forwardTokens, computeNanos));
                ended = true;
            } else if (spec.probe() == Probe.LOSSES_AND_GRADIENT) {
                readWithGradient();
            } else if (reading.order() == ReadingPlan.Order.LAYER) {
                readGroup();
            } else {
                readChunk();
            }
        }
        return ready.poll();
    }

    private void readChunk() {
        int positions = plan.positions(document);
        DocumentPass current;
        float[] nll;
        int from = 0;
        int to;
        long begun = System.nanoTime();
        try {
            current = pass == null ? openPass() : pass;
            from = current.position();
            to = Math.min(from + chunkTokens, positions);
            // What stands before an answer is not scored.
            if (to <= plan.scoredFrom(document) && isPlain()) {
                current.skip(tokens, from, to);
                nll = new float[to - Math.max(from, 1)];
            } else {
                nll = current.advance(tokens, from, to, states);
            }
        } catch (CancellationException e) {
            throw new CancelledTrialException();
        } catch (DeviceOutOfMemory e) {
            startAgainInSmallerChunks(e, from, positions);
            return;
        }
        computeNanos += System.nanoTime() - begun;
        forwardTokens += to - from;
        if (beside != null) {
            documentNll = joined(documentNll, nll);
        }
        List<? extends Measurement> atTheEnd = List.of();
        boolean last = to == positions;
        if (last) {
            atTheEnd = current.activations(document);
            current.close();
            pass = null;
            if (beside != null) {
                atTheEnd = List.of(besideReference(beside, documentNll));
            }
        }
        fill(nll, Math.max(from, 1), atTheEnd);
        document += last ? 1 : 0;
    }

    private boolean isPlain() {
        return spec.probe() == Probe.LOSSES && beside == null;
    }

    private static float[] joined(float[] a, float[] b) {
        float[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    private Measurement besideReference(BesideReference with, float[] nll) {
        long begun = System.nanoTime();
        try {
            return with.end(document, catalog.document(plan.documents().get(document)), nll);
        } catch (CancellationException e) {
            throw new CancelledTrialException();
        } finally {
            computeNanos += System.nanoTime() - begun;
            forwardTokens += with.takeMoreTokens();
        }
    }

    private void readGroup() {
        List<LayerwisePass.Text> group = group();
        int positions = group.stream().mapToInt(text -> text.plan().positions()).sum();
        long begun = System.nanoTime();
        List<LayerwisePass.Reading> readings;
        try {
            readings = opening.read(loan.model(), group, cancellation);
        } catch (CancellationException e) {
            throw new CancelledTrialException();
        } catch (DeviceOutOfMemory e) {
            startAgainInSmallerChunks(e, 0, positions);
            return;
        }
        computeNanos += System.nanoTime() - begun;
        forwardTokens += positions;
        for (LayerwisePass.Reading read : readings) {
            windowNats = 0;
            float[] nll = read.nll();
            fill(nll, 1, beside == null ? read.activations() : List.of(besideReference(beside, nll)));
            document++;
        }
    }

    /** The documents from here on that pass the layers together. */
    private List<LayerwisePass.Text> group() {
        List<LayerwisePass.Text> group = new ArrayList<>();
        int positions = 0;
        for (int next = document; next < plan.documents().size(); next++) {
            boolean wanted = firstOf(next) < cancellation.toWindow();
            if (!group.isEmpty() && !(wanted && reading.joins(plan.positions(next), positions))) {
                break;
            }
            positions += plan.positions(next);
            int[] read = catalog.document(plan.documents().get(next)).tokens();
            group.add(new LayerwisePass.Text(
                    plan(next).inChunksOf(chunkTokens), read, next, beside == null ? null : beside.begin(next)));
        }
        return group;
    }

    private PassPlan plan(int of) {
        return PassPlan.of(loan.model().config(), spec.rope(), spec.scales(), plan.positions(of), spec.probe());
    }

    private void startAgainInSmallerChunks(DeviceOutOfMemory cause, int position, int positions) {
        closePass();
        String where = "position " + position + " of " + positions + " of document '"
                + plan.documents().get(document).name() + "' in chunks of " + chunkTokens + " tokens";
        if (chunkTokens / 2 < MIN_CHUNK_TOKENS) {
            throw new DeviceOutOfMemory(cause.getMessage() + " at " + where + ", the smallest", cause);
        }
        chunkTokens /= 2;
        LOG.warn("{} at {}; going on in chunks of {}", cause.getMessage(), where, chunkTokens);
        firstWanted = Math.max(firstWanted, window);
        window = firstOf(document);
    }

    private void readWithGradient() {
        tokens = catalog.document(plan.documents().get(document)).tokens();
        PassPlan whole = plan(document);
        long begun = System.nanoTime();
        GradientPass.Reading reading;
        try {
            reading = GradientPass.read(loan.model(), whole, tokens, document, cancellation);
        } catch (CancellationException e) {
            throw new CancelledTrialException();
        }
        computeNanos += System.nanoTime() - begun;
        forwardTokens += whole.positions();
        windowNats = 0;
        fill(reading.nll(), 1, List.of(reading.gradient()));
        document++;
    }

    private DocumentPass openPass() {
        TokenizedDocument read = catalog.document(plan.documents().get(document));
        tokens = read.tokens();
        pass = opening.open(loan.model(), plan(document).inChunksOf(chunkTokens), cancellation);
        windowNats = 0;
        documentNll = new float[0];
        states = beside == null ? null : beside.begin(document);
        return pass;
    }

    /** Adds token losses to their windows; what else a document told goes out before its last window. */
    private void fill(float[] nll, int fromPosition, List<? extends Measurement> atTheEnd) {
        List<WindowLoss> complete = new ArrayList<>();
        for (int i = 0; i < nll.length; i++) {
            WindowSpan span = windows.get(window);
            windowNats += fromPosition + i >= span.fromPosition() ? nll[i] : 0;
            if (fromPosition + i + 1 == span.toPosition()) {
                complete.add(new WindowLoss(window, span.tokens(), windowNats));
                windowNats = 0;
                window++;
            }
        }
        if (!atTheEnd.isEmpty() && !complete.isEmpty()) {
            WindowLoss last = complete.remove(complete.size() - 1);
            addWanted(complete);
            ready.addAll(atTheEnd);
            addWanted(List.of(last));
        } else {
            addWanted(complete);
        }
    }

    private void addWanted(List<WindowLoss> complete) {
        for (WindowLoss loss : complete) {
            if (loss.index() >= firstWanted) {
                ready.add(loss);
            }
        }
    }

    private void closePass() {
        if (pass != null) {
            pass.close();
            pass = null;
        }
    }

    @Override
    public void close() {
        closePass();
        if (beside != null) {
            beside.close();
        }
        loan.model().device().releaseAfterPass();
        loan.close();
    }
}
