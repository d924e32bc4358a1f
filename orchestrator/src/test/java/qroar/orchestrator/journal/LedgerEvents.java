package qroar.orchestrator.journal;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.codec.EventCatalog;
import qroar.orchestrator.journal.codec.JournalEvent;
import qroar.orchestrator.journal.codec.JournalState;
import qroar.protocol.band.BandScales;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.TrialKey;

/** Events of the kinds that a run has, small and large. */
public final class LedgerEvents {
    private LedgerEvents() {}

    public sealed interface Ledger extends JournalEvent {}

    public record Counted(long number, String note) implements Ledger {}

    public record Measured(long trial, double[] nllNats, double first) implements Ledger {
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

    public record Planned(
            TrialKey key,
            BandScales scales,
            List<LogHistogram> histograms,
            @Nullable Outcome outcome) implements Ledger {}

    public sealed interface Outcome {}

    public record WonBy(double gain) implements Outcome {}

    public record Lost() implements Outcome {}

    public record Sum(long count, long total) implements JournalState {}

    public static final EventCatalog CATALOG = EventCatalog.builder()
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
