package qroar.orchestrator.coordinator.event;

import java.util.Arrays;
import java.util.List;
import qroar.experiments.stopping.Verdict;
import qroar.orchestrator.journal.codec.JournalEvent;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;

/**
 * What happened in a run. Trials and requests are numbered from 0 in the order in which they were planned. Facts carry
 * the clock's time where a report needs it; applying an event never reads a clock.
 */
public sealed interface RunEvent extends JournalEvent {
    /** What happens to a trial. */
    interface OfTrial {
        int trial();
    }

    /** Windows of a trial go to a worker. */
    interface Leasing extends OfTrial {
        int attempt();

        String worker();
    }

    /** What happens to a request that is planned already. */
    interface OfRequest {
        int request();
    }

    /** What happened while a process had the run, by the clock of the coordinator's machine, which may be set. */
    interface Timed {
        long atMillis();
    }

    /** The first start of the run. */
    record RunBegun(long atMillis) implements RunEvent {}

    /** A process took the run up: leases of earlier ones are void. */
    record RunResumed(long atMillis) implements RunEvent {}

    /**
     * The process that has the run is at work on it.
     *
     * @param millis since it took the run up, on a clock that nobody sets
     */
    record RunWorked(long millis) implements RunEvent {}

    /**
     * A study wants a trial. A trial number equal to the number of trials so far means a new trial.
     *
     * @param key the trial's content address, so that a journal can be read without its experiment
     * @param specChecksum tells quickly whether the experiment still says so, see {@code TrialSpec}; 0 where it was not kept
     */
    record RequestPlanned(int study, String label, int trial, String key, int windowLimit, int specChecksum)
            implements RunEvent, OfTrial {
        public RequestPlanned(int study, String label, int trial, String key, int windowLimit) {
            this(study, label, trial, key, windowLimit, 0);
        }
    }

    /**
     * A trial that a study may come to want is to be measured by somebody who would have nothing to do. A trial number equal to
     * the number of trials so far means a new trial. It answers nobody until a study asks for it.
     */
    record TrialSpeculated(int study, String label, int trial, String key, int windowLimit)
            implements RunEvent, OfTrial {}

    /** A study wants more windows under a label it asked for before. */
    record RequestWidened(int request, int windowLimit) implements RunEvent, OfRequest {}

    /** What is missing of a trial, of which nothing is measured ahead, goes to one worker. */
    record TrialLeased(int trial, int attempt, String worker, long atMillis) implements RunEvent, Leasing, Timed {}

    /**
     * Consecutive windows of a trial go to a worker, others of it being measured already or by others; those that a lease
     * held until now end it there.
     */
    record PortionLeased(int trial, int attempt, String worker, int firstWindow, int toWindow, long atMillis)
            implements RunEvent, Leasing, Timed {}

    /** All windows that a lease covers are measured, and others of the trial are not or are leased. */
    record PortionFinished(int trial, int attempt, long forwardTokens, long computeNanos, long atMillis)
            implements RunEvent, OfTrial, Timed {}

    /**
     * Consecutive windows of a trial, in the order in which they came: the first missing one, or one further on that a
     * portion is at. What is beyond a missing window waits for it.
     *
     * @param nllNats sum of negative log-likelihoods per window
     */
    record WindowsMeasured(int trial, int attempt, int firstWindow, double[] nllNats) implements RunEvent, OfTrial {
        @Override
        public boolean equals(Object other) {
            return other instanceof WindowsMeasured that
                    && trial == that.trial
                    && attempt == that.attempt
                    && firstWindow == that.firstWindow
                    && Arrays.equals(nllNats, that.nllNats);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * trial + firstWindow) + Arrays.hashCode(nllNats);
        }
    }

    record LayerMeasured(int trial, int attempt, LayerActivations activations) implements RunEvent, OfTrial {}

    /**
     * All activations of a trial so far, in place of those of single documents: only snapshots hold it.
     *
     * @param layers merged over documents
     * @param layersSeen what they are merged from, as a document and a layer each
     */
    record ActivationsMerged(int trial, List<LayerActivations> layers, List<Long> layersSeen)
            implements RunEvent, OfTrial {
        public ActivationsMerged {
            layers = List.copyOf(layers);
            layersSeen = List.copyOf(layersSeen);
        }
    }

    /** Also, with attempt 0, of a trial whose result was found in the cache: just before it is reused. */
    record GradientMeasured(int trial, int attempt, ScaleGradient gradient) implements RunEvent, OfTrial {}

    /** Also, with attempt 0, of a trial whose result was found in the cache: just before it is reused. */
    record ReferenceCompared(int trial, int attempt, ReferenceComparison comparison) implements RunEvent, OfTrial {}

    /** A worker brought a model onto its device for the attempt. */
    record ModelReadied(int trial, int attempt, ModelLoaded.Weights weights) implements RunEvent, OfTrial {}

    /** The trial's stream is complete. */
    record TrialFinished(int trial, int attempt, long forwardTokens, long computeNanos, long atMillis)
            implements RunEvent, OfTrial, Timed {}

    /** The trial's complete result was found in the cache of earlier runs. */
    record TrialReused(int trial, double[] nllNats, List<LayerActivations> activations) implements RunEvent, OfTrial {
        public TrialReused {
            activations = List.copyOf(activations);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof TrialReused that
                    && trial == that.trial
                    && Arrays.equals(nllNats, that.nllNats)
                    && activations.equals(that.activations);
        }

        @Override
        public int hashCode() {
            return 31 * trial + Arrays.hashCode(nllNats);
        }
    }

    /** No request wants further windows of the trial: its lease ends, what is measured stays. */
    record TrialReleased(int trial, long atMillis) implements RunEvent, OfTrial, Timed {}

    /** An attempt ended without completing the trial, which waits for another. */
    record AttemptFailed(int trial, int attempt, String cause, long atMillis) implements RunEvent, OfTrial, Timed {}

    /** The worker lacks what the trial names, or room for it; the trial waits, and nothing counts against it. */
    record AttemptDeclined(int trial, int attempt, String reason, long atMillis) implements RunEvent, OfTrial, Timed {}

    /** The trial is given up. */
    record TrialFailed(int trial, String cause, long atMillis) implements RunEvent, OfTrial, Timed {}

    /** All windows that the request wants are there. */
    record RequestMeasured(int request) implements RunEvent, OfRequest {}

    /** The stopping rule gave the candidate up after this many windows. */
    record RequestStopped(int request, int windows, Verdict verdict) implements RunEvent, OfRequest {}

    /** The loss of this window was not finite. */
    record RequestDiverged(int request, int window) implements RunEvent, OfRequest {}

    record RequestFailed(int request, String cause) implements RunEvent, OfRequest {}

    /** Every study is done. */
    record RunFinished(long atMillis) implements RunEvent, Timed {}
}
