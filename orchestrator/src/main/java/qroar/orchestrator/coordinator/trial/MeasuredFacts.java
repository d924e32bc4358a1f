package qroar.orchestrator.coordinator.trial;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.protocol.band.BandPartition;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.WindowLoss;

/** Turns a batch of measurements into events: what is known already is left out, a gap is refused, and nothing
 * follows the cost of a lease. Lives within one call. */
public final class MeasuredFacts {
    private final TrialState trial;
    private final Portion portion;
    private final long atMillis;
    private final List<RunEvent> facts = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    /** The window that is due. */
    private int next;

    private MeasuredFacts(TrialState trial, Portion portion, long atMillis) {
        this.trial = trial;
        this.portion = portion;
        this.atMillis = atMillis;
        this.next = trial.next(portion);
    }

    /** A worker left out a window. */
    public static final class OutOfOrderException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String reason;

        OutOfOrderException(String reason) {
            super(reason);
            this.reason = reason;
        }

        public String reason() {
            return reason;
        }
    }

    public static List<RunEvent> of(TrialState trial, Lease lease, List<Measurement> batch, long atMillis)
            throws OutOfOrderException {
        Portion portion = trial.portion(lease.attempt());
        return portion == null ? List.of() : new MeasuredFacts(trial, portion, atMillis).of(batch);
    }

    private List<RunEvent> of(List<Measurement> batch) throws OutOfOrderException {
        Set<Long> seen = new HashSet<>();
        for (Measurement measurement : batch) {
            if (measurement instanceof WindowLoss window) {
                if (!add(window)) {
                    return ended(new TrialCost(0, 0));
                }
            } else if (measurement instanceof LayerActivations layer) {
                requireFitting(trial, layer);
                if (!trial.evidence().hasSeen(layer) && seen.add(Evidence.seenKey(layer))) {
                    facts.add(new RunEvent.LayerMeasured(trial.number(), portion.attempt(), layer));
                }
            } else if (measurement instanceof ModelLoaded loaded) {
                facts.add(new RunEvent.ModelReadied(trial.number(), portion.attempt(), loaded.weights()));
            } else if (measurement instanceof ScaleGradient gradient) {
                requireFitting(trial, gradient);
                if (!trial.gradients().containsKey(gradient.document())) {
                    facts.add(new RunEvent.GradientMeasured(trial.number(), portion.attempt(), gradient));
                }
            } else if (measurement instanceof ReferenceComparison comparison) {
                requireFitting(trial, comparison);
                if (!trial.comparisons().containsKey(comparison.document())) {
                    facts.add(new RunEvent.ReferenceCompared(trial.number(), portion.attempt(), comparison));
                }
            } else if (measurement instanceof TrialCost cost) {
                if (next < portion.toWindow()) {
                    throw new OutOfOrderException(
                            "its stream ended after window " + next + " of " + portion.toWindow());
                }
                return ended(cost);
            }
        }
        addWindows();
        return facts;
    }

    /** False when the window shows that the portion is complete: its worker, not yet told that it ends there, went on. */
    private boolean add(WindowLoss window) throws OutOfOrderException {
        if (window.index() >= trial.windowCount() || window.index() > next && next < portion.toWindow()) {
            throw new OutOfOrderException("window " + window.index() + " arrived where window " + next + " of "
                    + trial.windowCount() + " was due");
        }
        if (window.index() == next && next < portion.toWindow()) {
            losses.add(window.nllNats());
            next++;
            return true;
        }
        return window.index() < next;
    }

    /** With the last of its portions a trial of which nothing is missing is finished. */
    private List<RunEvent> ended(TrialCost cost) {
        int measured = trial.evidence().measured() + losses.size();
        boolean last = trial.portions().size() == 1 && measured == trial.windowCount();
        addWindows();
        facts.add(
                last
                        ? new RunEvent.TrialFinished(
                                trial.number(), portion.attempt(), cost.forwardTokens(), cost.computeNanos(), atMillis)
                        : new RunEvent.PortionFinished(
                                trial.number(),
                                portion.attempt(),
                                cost.forwardTokens(),
                                cost.computeNanos(),
                                atMillis));
        return facts;
    }

    /** Of a complete result from the cache: what it knows of documents first, then what completes the trial. */
    public static List<RunEvent> reused(
            TrialState trial,
            double[] nllNats,
            List<LayerActivations> layers,
            Collection<ScaleGradient> gradients,
            Collection<ReferenceComparison> comparisons) {
        List<RunEvent> facts = new ArrayList<>();
        gradients.stream()
                .filter(gradient -> !trial.gradients().containsKey(gradient.document()))
                .forEach(gradient -> facts.add(new RunEvent.GradientMeasured(trial.number(), 0, gradient)));
        comparisons.stream()
                .filter(comparison -> !trial.comparisons().containsKey(comparison.document()))
                .forEach(comparison -> facts.add(new RunEvent.ReferenceCompared(trial.number(), 0, comparison)));
        facts.add(new RunEvent.TrialReused(trial.number(), nllNats, layers));
        return facts;
    }

    /** Histograms of another shape than the trial's could not be merged. */
    private static void requireFitting(TrialState trial, LayerActivations layer) throws OutOfOrderException {
        int pairs = trial.spec().scales().partition().pairCount();
        boolean fits = layer.document() >= 0
                && layer.document() < trial.spec().plan().documents().size()
                && Stream.of(layer.queryBefore(), layer.keyBefore(), layer.queryAfter(), layer.keyAfter())
                        .allMatch(histograms -> histograms.size() == pairs);
        if (!fits) {
            throw new OutOfOrderException("the histograms of document " + layer.document() + ", layer " + layer.layer()
                    + ", do not fit a trial with " + pairs + " RoPE pairs");
        }
    }

    private static void requireFitting(TrialState trial, ScaleGradient gradient) throws OutOfOrderException {
        BandPartition partition = trial.spec().scales().partition();
        int pairs = partition.layers().count() * partition.pairCount();
        int documents = trial.spec().plan().documents().size();
        if (gradient.document() < 0
                || gradient.document() >= documents
                || gradient.query().size() != pairs) {
            throw new OutOfOrderException("the gradient of document " + gradient.document() + " over "
                    + gradient.query().size() + " RoPE pairs does not fit a trial of " + documents
                    + " documents with " + pairs);
        }
    }

    private static void requireFitting(TrialState trial, ReferenceComparison comparison) throws OutOfOrderException {
        int documents = trial.spec().plan().documents().size();
        int lengths = trial.spec().plan().lengths().size();
        if (comparison.document() < 0
                || comparison.document() >= documents
                || comparison.stretches().size() > lengths) {
            throw new OutOfOrderException("the comparison of document " + comparison.document() + " in "
                    + comparison.stretches().size() + " stretches does not fit a trial of " + documents
                    + " documents at " + lengths + " lengths");
        }
    }

    private void addWindows() {
        if (!losses.isEmpty()) {
            facts.add(new RunEvent.WindowsMeasured(
                    trial.number(),
                    portion.attempt(),
                    next - losses.size(),
                    losses.stream().mapToDouble(Double::doubleValue).toArray()));
        }
    }
}
