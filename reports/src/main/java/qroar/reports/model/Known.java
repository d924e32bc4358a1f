package qroar.reports.model;

import org.jspecify.annotations.Nullable;

/** Figures that may not be there. */
final class Known {
    private Known() {}

    /** Null for what is not a finite number. */
    static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
