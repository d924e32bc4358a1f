package qroar.orchestrator.journal.check;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a look at a run's journal found.
 *
 * @param events sound ones, from the first on
 * @param unsealedEvents how many of these were written before there were checksums
 * @param soundSnapshots numbers of the events that these stand behind
 * @param damagedSnapshots the same of those that are not; without them the run is taken up from its events
 * @param damage of the events, or null where all are sound
 */
public record JournalSoundness(
        long events,
        long unsealedEvents,
        List<Long> soundSnapshots,
        List<Long> damagedSnapshots,
        @Nullable JournalDamage damage) {
    public JournalSoundness {
        soundSnapshots = List.copyOf(soundSnapshots);
        damagedSnapshots = List.copyOf(damagedSnapshots);
    }

    /** Whether everything is as it was written. */
    public boolean isSound() {
        return damage == null && damagedSnapshots.isEmpty();
    }
}
