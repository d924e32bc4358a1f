package qroar.orchestrator.journal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.journal.LedgerEvents.Counted;
import qroar.orchestrator.journal.LedgerEvents.Lost;
import qroar.orchestrator.journal.LedgerEvents.Measured;
import qroar.orchestrator.journal.LedgerEvents.Planned;
import qroar.orchestrator.journal.LedgerEvents.WonBy;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.TrialKey;

class EventSeriesTest {
    private static final String MANIFEST = "series/1";

    /** An event of records and truth values. */
    record Judged(int trial, Reasons reasons, boolean last) implements JournalEvent {}

    record Reasons(boolean stop, double gain, Margin margin) {}

    record Margin(long windows) {}

    private static final EventCodec CODEC = new EventCodec(EventCatalog.builder()
            .event("counted", Counted.class)
            .event("measured", Measured.class)
            .event("planned", Planned.class)
            .event("judged", Judged.class)
            .series("series")
            .build());

    private static List<JournalEvent> events() {
        BandScales scales = BandScales.identity(BandPartition.logSpaced(8, 2), ScaleMode.SHARED);
        List<LogHistogram> histograms = List.of(LogHistogram.ofMagnitudes(new double[] {0, 0.5, 1}));
        TrialKey key = new TrialKey("ab".repeat(32));
        return List.of(
                new Counted(Long.MIN_VALUE, "été \u0000 \ud83d\ude00"),
                new Measured(3, new double[] {1.5, Double.NaN, Double.POSITIVE_INFINITY, -0.0, 0.1}, -0.0),
                new Planned(key, scales, histograms, new WonBy(0.25)),
                new Counted(Long.MAX_VALUE, ""),
                new Counted(-1, ""),
                new Planned(key, scales, List.of(), null),
                new Judged(Integer.MIN_VALUE, new Reasons(true, Double.NaN, new Margin(-7)), false),
                new Measured(4, new double[0], Double.NEGATIVE_INFINITY),
                new Judged(Integer.MAX_VALUE, new Reasons(false, Double.MIN_VALUE, new Margin(1L << 40)), true),
                new Planned(key, scales, histograms, new Lost()));
    }

    @Test
    void whatIsReadIsWhatWasWrittenInItsOrder() {
        for (List<JournalEvent> events : List.of(events(), List.<JournalEvent>of())) {
            EventSeries series = EventSeries.of(events);
            assertThat(CODEC.manifest(series)).isEqualTo(MANIFEST);
            assertThat(CODEC.decode(CODEC.encode(series), MANIFEST)).isEqualTo(series);
        }
    }

    @Test
    void manyAlikeTakeFewBytes() {
        List<JournalEvent> many = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            many.add(new Counted(1_700_000_000_000L + 7L * i, "worker-" + i % 3));
        }
        byte[] bytes = CODEC.encode(EventSeries.of(many));
        assertThat(bytes).hasSizeLessThan(2_000);
        assertThat(((EventSeries) CODEC.decode(bytes, MANIFEST)).events()).isEqualTo(many);
    }

    @Test
    void eventsOfAnOlderVersionAreBroughtUpToDate() {
        byte[] old = CODEC.encode(EventSeries.of(events()));
        EventCodec today = new EventCodec(EventCatalog.builder()
                .event(
                        "counted",
                        Counted.class,
                        List.of(v1 -> v1.put("note", v1.get("note").asText() + "!")))
                .event("measured", Measured.class, List.of(v1 -> v1.put("trial", 9)))
                .event("planned", Planned.class, List.of(v1 -> v1))
                .event("judged", Judged.class, List.of(v1 -> v1.put("last", true)))
                .series("series")
                .build());
        List<JournalEvent> expected = new ArrayList<>(events());
        expected.replaceAll(event -> {
            if (event instanceof Counted e) {
                return new Counted(e.number(), e.note() + "!");
            }
            if (event instanceof Measured e) {
                return new Measured(9, e.nllNats(), e.first());
            }
            return event instanceof Judged e ? new Judged(e.trial(), e.reasons(), true) : event;
        });
        assertThat(((EventSeries) today.decode(old, MANIFEST)).events()).isEqualTo(expected);
        assertThatThrownBy(() -> CODEC.decode(today.encode(EventSeries.of(events())), MANIFEST))
                .isInstanceOf(JournalFormatException.class)
                .hasMessageContaining("written by a newer version");
    }

    /** Checksums find it first; what does not is no reason for another kind of failure. */
    @Test
    void damagedBytesAreNamedAsSuch() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] whole = CODEC.encode(EventSeries.of(events()));
        int named = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = i % 5 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            if (damaged.length > 0 && i % 5 > 0) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                CODEC.decode(damaged, MANIFEST);
            } catch (JournalFormatException e) {
                named++;
            }
        }
        assertThat(named).as("seed %d", seed).isGreaterThan(2_500);
    }
}
