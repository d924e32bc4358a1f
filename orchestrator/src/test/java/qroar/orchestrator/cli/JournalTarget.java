package qroar.orchestrator.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The journal of a recorded run. What is derived from it is removed before each command.
 *
 * @param run directory
 * @param seed sound bytes of its journal
 * @param words the command
 * @param comparesAll whether all that is accepted must tell what the sound journal tells. A journal that lost its end, as
 *     one whose process was killed, has an earlier state and the same result
 */
record JournalTarget(String name, int share, Path run, byte[] seed, List<String> words, boolean comparesAll)
        implements HostileTarget {
    private static final List<String> DERIVED = List.of(
            "result.json", "report.html", "trials.csv", "journal.db-wal", "journal.db-shm", "journal.db-journal");

    static JournalTarget of(String name, int share, Path run, List<String> words) throws IOException {
        return new JournalTarget(name, share, run, Files.readAllBytes(run.resolve("journal.db")), words, false);
    }

    JournalTarget comparing() {
        return new JournalTarget(name, share, run, seed, words, true);
    }

    @Override
    public Mutant mutant(SplittableRandom random) {
        if (random.nextInt(3) == 0) {
            return ByteMutator.of(seed, random);
        }
        byte[] flipped = seed.clone();
        int at = random.nextInt(seed.length);
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        return new Mutant(" bit at " + at, flipped, false);
    }

    @Override
    public List<String> place(Mutant mutant) throws IOException {
        for (String name : DERIVED) {
            Files.deleteIfExists(run.resolve(name));
        }
        Files.deleteIfExists(run.resolve("journal.db"));
        Files.write(run.resolve("journal.db"), mutant.bytes());
        return words;
    }

    @Override
    public Mutant sound() {
        return new Mutant(" nothing", seed, true);
    }
}
