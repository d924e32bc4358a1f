package qroar.orchestrator.cluster;

import java.util.Arrays;
import java.util.Locale;
import qroar.protocol.trial.TrialSpec;

/**
 * What goes wrong in a worker, and when.
 *
 * @param trial which of the readings that the process opens, from 1, or the first one behind it that comes to the window, and
 *     that one alone; or the scales of the trial that fails everywhere
 * @param window first window that is not measured as it should be
 * @param worth milliseconds, for what is slow; tokens, for chunks
 */
record Fault(Kind kind, String trial, int window, long worth) {
    /** What goes wrong. */
    enum Kind {
        /** The device has no memory, nor has it for the smallest chunk. */
        DEVICE_MEMORY,
        /** The device has memory for chunks of at most so many tokens. */
        CHUNK_MEMORY,
        /** The Java heap is full. */
        HEAP,
        /**
         * Neither cancellation nor interruption is heard until the file is there; then a wrong loss is returned. Not in an
         * attempt's first window.
         */
        HANG,
        /** In an attempt's first window; the cancellation is heard, so that the worker can go on. */
        HANG_FIRST,
        /** Each window takes longer until the file is there: so a run cannot be over before it was disturbed. */
        SLOW,
        /** The loss is no number. */
        NAN,
        /** An exception of no known kind. */
        POISON
    }

    /** For instance {@code hang@3#1} or {@code poison@[1.0, 0.9]#2}; a slow one, {@code slow@*#0=200}. */
    static Fault parse(String text) {
        int at = text.indexOf('@');
        int hash = text.indexOf('#');
        int equals = text.indexOf('=');
        return new Fault(
                Kind.valueOf(text.substring(0, at).toUpperCase(Locale.ROOT).replace('-', '_')),
                text.substring(at + 1, hash),
                Integer.parseInt(text.substring(hash + 1, equals < 0 ? text.length() : equals)),
                equals < 0 ? 0 : Long.parseLong(text.substring(equals + 1)));
    }

    boolean befalls(int ordinal, TrialSpec spec) {
        return isOfOneReading()
                ? Integer.parseInt(trial) <= ordinal
                : trial.equals("*")
                        || trial.equals(Arrays.toString(spec.scales().scales()));
    }

    boolean isOfOneReading() {
        return Character.isDigit(trial.charAt(0));
    }
}
