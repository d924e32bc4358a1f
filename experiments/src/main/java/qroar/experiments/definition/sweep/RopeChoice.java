package qroar.experiments.definition.sweep;

import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;

/** One value of the sweep's {@code rope}. */
public sealed interface RopeChoice {
    /** As the experiment file writes it. */
    String text();

    /** What it means for a checkpoint that has {@code own} in its configuration. */
    RopeScaling scaling(RopeScaling own);

    /** {@code checkpoint}: whatever {@code rope_scaling} the checkpoint has itself. */
    record OfCheckpoint() implements RopeChoice {
        public static final String WORD = "checkpoint";

        @Override
        public String text() {
            return WORD;
        }

        @Override
        public RopeScaling scaling(RopeScaling own) {
            return own;
        }
    }

    /** A scaling that replaces the checkpoint's. */
    record Given(RopeScaling scaling) implements RopeChoice {
        @Override
        public String text() {
            return RopeScalingSpec.format(scaling);
        }

        @Override
        public RopeScaling scaling(RopeScaling own) {
            return scaling;
        }
    }
}
