package qroar.experiments.study;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.trial.Ending;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;

/** How a requested trial came out. */
public sealed interface TrialResult {
    /** Which of the four ways that is. */
    Ending ending();

    /** Negative log-likelihoods of the windows that were read, nats, in plan order; null where none can be relied on. */
    default double @Nullable [] losses() {
        return null;
    }

    /** For people: where it diverged, or why it failed; empty where it did neither. */
    default String fault() {
        return "";
    }

    /**
     * All windows that were asked for.
     *
     * @param nllNats sum of negative log-likelihoods per window, in plan order; copied
     * @param activations per layer, merged over documents; empty where none were probed
     * @param gradients per document; empty where none were probed
     * @param comparisons with a reference, per document; empty where there are none
     */
    record Measured(
            double[] nllNats,
            List<LayerActivations> activations,
            List<ScaleGradient> gradients,
            List<ReferenceComparison> comparisons)
            implements TrialResult {
        public Measured {
            nllNats = nllNats.clone();
            activations = List.copyOf(activations);
            gradients = List.copyOf(gradients);
            comparisons = List.copyOf(comparisons);
        }

        /** Compared with nothing. */
        public Measured(double[] nllNats, List<LayerActivations> activations, List<ScaleGradient> gradients) {
            this(nllNats, activations, gradients, List.of());
        }

        @Override
        public Ending ending() {
            return Ending.MEASURED;
        }

        /** Without gradients. */
        public Measured(double[] nllNats, List<LayerActivations> activations) {
            this(nllNats, activations, List.of());
        }

        @Override
        public double[] nllNats() {
            return nllNats.clone();
        }

        @Override
        public double[] losses() {
            return nllNats();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Measured that
                    && Arrays.equals(nllNats, that.nllNats)
                    && activations.equals(that.activations)
                    && gradients.equals(that.gradients)
                    && comparisons.equals(that.comparisons);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(nllNats);
        }
    }

    /** Given up by the stopping rule after the windows held here. */
    record Stopped(double[] nllNats, Verdict verdict) implements TrialResult {
        public Stopped {
            nllNats = nllNats.clone();
        }

        @Override
        public Ending ending() {
            return Ending.STOPPED;
        }

        @Override
        public double[] nllNats() {
            return nllNats.clone();
        }

        @Override
        public double[] losses() {
            return nllNats();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Stopped that
                    && Arrays.equals(nllNats, that.nllNats)
                    && verdict.equals(that.verdict);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(nllNats);
        }
    }

    /** A window's loss was not a finite number. */
    record Diverged(int window) implements TrialResult {
        @Override
        public Ending ending() {
            return Ending.DIVERGED;
        }

        @Override
        public String fault() {
            return "diverged in window " + window;
        }
    }

    /** No attempt succeeded. */
    record Failed(String cause) implements TrialResult {
        @Override
        public Ending ending() {
            return Ending.FAILED;
        }

        @Override
        public String fault() {
            return "failed: " + cause;
        }
    }
}
