package qroar.orchestrator.journal;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.BandScales;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.TrialKey;

/** Events of the kinds that a run has, small and large. */
final class LedgerEvents {
    private LedgerEvents() {}

    sealed interface Ledger extends JournalEvent {}

    record Counted(long number, String note) implements Ledger {}

    record Measured(long trial, double[] nllNats, double first) implements Ledger {
        @Override
        public boolean equals(Object other) {
            return other instanceof Measured that
                    && trial == that.trial
                    && Double.doubleToRawLongBits(first) == Double.doubleToRawLongBits(that.first)
                    && Arrays.equals(nllNats, that.nllNats);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(nllNats);
        }
    }

    record Planned(
            TrialKey key,
            BandScales scales,
            List<LogHistogram> histograms,
            @Nullable Outcome outcome) implements Ledger {}

    sealed interface Outcome {}

    record WonBy(double gain) implements Outcome {}

    record Lost() implements Outcome {}

    record Sum(long count, long total) implements JournalState {}

    static final EventCatalog CATALOG = EventCatalog.builder()
            .event("counted", Counted.class)
            .event("measured", Measured.class)
            .event("planned", Planned.class)
            .state("sum", Sum.class)
            .build();

    /** Named in the configuration of tests. */
    public static final class Source implements EventCatalog.Source {
        public Source() {}

        @Override
        public EventCatalog catalog() {
            return CATALOG;
        }
    }
}
