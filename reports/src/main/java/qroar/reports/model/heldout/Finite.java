package qroar.reports.model.heldout;

import org.jspecify.annotations.Nullable;

/** Numbers that mean something. */
final class Finite {
    private Finite() {}

    static @Nullable Double orNull(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
