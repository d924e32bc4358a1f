package qroar.orchestrator.coordinator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialKey;
import qroar.protocol.trial.TrialSpec;

/**
 * A trial as far as it has come. Immutable.
 *
 * @param number within the run
 * @param key content address of {@code spec}
 * @param spec what is evaluated
 * @param status where it stands
 * @param nllNats losses of the windows measured so far, a prefix of the plan's; never modified in place
 * @param layers activations per layer, merged over documents
 * @param layersSeen (document, layer) pairs already merged, as {@code document << 32 | layer}
 * @param gradients of losses by scales, by document
 * @param attempts leases granted so far; the current one is the last
 * @param failures attempts that failed since the last window was measured
 * @param worker who runs or ran it last
 * @param cause why it or its last attempt failed
 * @param leasedAtMillis start of the current attempt
 * @param busyMillis time under lease of the attempts that ended
 * @param forwardTokens tokens that went through the model, as far as workers reported them
 * @param computeNanos time inside the forward pass, as far as workers reported it
 */
public record TrialState(
        int number,
        TrialKey key,
        TrialSpec spec,
        Status status,
        double[] nllNats,
        PMap<Integer, LayerActivations> layers,
        PSet<Long> layersSeen,
        PMap<Integer, ScaleGradient> gradients,
        int attempts,
        int failures,
        @Nullable String worker,
        @Nullable String cause,
        long leasedAtMillis,
        long busyMillis,
        long forwardTokens,
        long computeNanos) {

    /** Where a trial stands. */
    public enum Status {
        /** Waits for a worker. */
        QUEUED,
        /** A worker runs it. */
        LEASED,
        /** Nobody wants more of it for now; its windows stay. */
        RELEASED,
        /** Completely measured. */
        FINISHED,
        /** Completely known from an earlier run. */
        REUSED,
        /** Given up. */
        FAILED
    }

    static TrialState planned(int number, TrialSpec spec) {
        return new TrialState(
                number,
                spec.key(),
                spec,
                Status.QUEUED,
                new double[0],
                HashTreePMap.empty(),
                HashTreePSet.empty(),
                HashTreePMap.empty(),
                0,
                0,
                null,
                null,
                0,
                0,
                0,
                0);
    }

    public int windows() {
        return nllNats.length;
    }

    public boolean isComplete() {
        return status == Status.FINISHED || status == Status.REUSED;
    }

    TrialState leased(int attempt, String by, long atMillis) {
        if (status != Status.QUEUED || attempt != attempts + 1) {
            throw new IllegalStateException("the journal leases trial " + number + " for attempt " + attempt
                    + ", which is " + status + " after attempt " + attempts);
        }
        return new TrialState(
                number,
                key,
                spec,
                Status.LEASED,
                nllNats,
                layers,
                layersSeen,
                gradients,
                attempts + 1,
                failures,
                by,
                cause,
                atMillis,
                busyMillis,
                forwardTokens,
                computeNanos);
    }

    TrialState measured(int firstWindow, double[] more) {
        if (firstWindow != nllNats.length) {
            throw new IllegalStateException("trial " + number + " holds " + nllNats.length
                    + " windows; the journal continues at window " + firstWindow);
        }
        double[] all = Arrays.copyOf(nllNats, nllNats.length + more.length);
        System.arraycopy(more, 0, all, nllNats.length, more.length);
        return new TrialState(
                number,
                key,
                spec,
                status,
                all,
                layers,
                layersSeen,
                gradients,
                attempts,
                0,
                worker,
                cause,
                leasedAtMillis,
                busyMillis,
                forwardTokens,
                computeNanos);
    }

    boolean hasSeen(LayerActivations activations) {
        return layersSeen.contains(seenKey(activations));
    }

    TrialState measured(LayerActivations more) {
        LayerActivations known = layers.get(more.layer());
        LayerActivations merged = known == null ? more : merge(known, more);
        return new TrialState(
                number,
                key,
                spec,
                status,
                nllNats,
                layers.plus(more.layer(), merged),
                layersSeen.plus(seenKey(more)),
                gradients,
                attempts,
                failures,
                worker,
                cause,
                leasedAtMillis,
                busyMillis,
                forwardTokens,
                computeNanos);
    }

    /** A document's gradient; a second one of the same document changes nothing. */
    TrialState measured(ScaleGradient more) {
        return new TrialState(
                number,
                key,
                spec,
                status,
                nllNats,
                layers,
                layersSeen,
                gradients.containsKey(more.document()) ? gradients : gradients.plus(more.document(), more),
                attempts,
                failures,
                worker,
                cause,
                leasedAtMillis,
                busyMillis,
                forwardTokens,
                computeNanos);
    }

    /** The trial after its current attempt, if it had one, ended. */
    TrialState ended(Status next, @Nullable String why, long atMillis) {
        long busy = status == Status.LEASED ? Math.max(0, atMillis - leasedAtMillis) : 0;
        return new TrialState(
                number,
                key,
                spec,
                next,
                nllNats,
                layers,
                layersSeen,
                gradients,
                attempts,
                failures,
                worker,
                why,
                leasedAtMillis,
                busyMillis + busy,
                forwardTokens,
                computeNanos);
    }

    /** The trial after its current attempt failed. */
    TrialState failed(Status next, String why, long atMillis) {
        TrialState ended = ended(next, why, atMillis);
        return new TrialState(
                number,
                key,
                spec,
                next,
                nllNats,
                layers,
                layersSeen,
                gradients,
                attempts,
                failures + 1,
                worker,
                why,
                leasedAtMillis,
                ended.busyMillis,
                forwardTokens,
                computeNanos);
    }

    /** The trial after the process that had leased it out ended: nobody knows when, so no time is counted. */
    TrialState orphaned() {
        return ended(Status.QUEUED, "the process that ran it ended", leasedAtMillis);
    }

    /** The complete trial as an earlier run found it; what is measured here already stays. */
    TrialState reused(double[] all, List<LayerActivations> activations) {
        if (all.length < nllNats.length) {
            throw new IllegalStateException("trial " + number + " holds " + nllNats.length
                    + " windows; the journal completes it with " + all.length);
        }
        TrialState known = measured(nllNats.length, Arrays.copyOfRange(all, nllNats.length, all.length));
        PMap<Integer, LayerActivations> complete = HashTreePMap.empty();
        for (LayerActivations layer : activations) {
            complete = complete.plus(layer.layer(), layer);
        }
        return new TrialState(
                number,
                key,
                spec,
                Status.REUSED,
                known.nllNats,
                complete,
                layersSeen,
                gradients,
                attempts,
                failures,
                worker,
                null,
                leasedAtMillis,
                busyMillis,
                forwardTokens,
                computeNanos);
    }

    TrialState withCost(long tokens, long nanos) {
        return new TrialState(
                number,
                key,
                spec,
                status,
                nllNats,
                layers,
                layersSeen,
                gradients,
                attempts,
                failures,
                worker,
                cause,
                leasedAtMillis,
                busyMillis,
                forwardTokens + tokens,
                computeNanos + nanos);
    }

    static long seenKey(LayerActivations activations) {
        return (long) activations.document() << 32 | activations.layer();
    }

    private static LayerActivations merge(LayerActivations a, LayerActivations b) {
        return new LayerActivations(
                a.document(),
                a.layer(),
                merge(a.queryBefore(), b.queryBefore()),
                merge(a.keyBefore(), b.keyBefore()),
                merge(a.queryAfter(), b.queryAfter()),
                merge(a.keyAfter(), b.keyAfter()));
    }

    private static List<LogHistogram> merge(List<LogHistogram> a, List<LogHistogram> b) {
        List<LogHistogram> merged = new ArrayList<>(a.size());
        for (int pair = 0; pair < a.size(); pair++) {
            merged.add(a.get(pair).merge(b.get(pair)));
        }
        return merged;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrialState that
                && number == that.number
                && status == that.status
                && key.equals(that.key)
                && Arrays.equals(nllNats, that.nllNats)
                && layers.equals(that.layers)
                && gradients.equals(that.gradients)
                && attempts == that.attempts
                && failures == that.failures
                && busyMillis == that.busyMillis;
    }

    @Override
    public int hashCode() {
        return 31 * number + Arrays.hashCode(nllNats);
    }
}
