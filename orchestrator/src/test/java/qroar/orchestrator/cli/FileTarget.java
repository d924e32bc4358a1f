package qroar.orchestrator.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;

/**
 * A file that a command reads.
 *
 * @param file that is replaced
 * @param seed its sound content
 * @param mutator changes the seed
 * @param words the command
 * @param compares whether reordered inputs must print what the seed prints
 * @param past part of the refusal that comes when all is read; empty for none
 */
record FileTarget(
        String name,
        int share,
        Path file,
        byte[] seed,
        BiFunction<byte[], SplittableRandom, Mutant> mutator,
        List<String> words,
        boolean compares,
        String past)
        implements HostileTarget {
    static FileTarget of(
            String name, int share, Path file, BiFunction<byte[], SplittableRandom, Mutant> mutator, List<String> words)
            throws IOException {
        return new FileTarget(name, share, file, Files.readAllBytes(file), mutator, words, false, "");
    }

    FileTarget comparing() {
        return new FileTarget(name, share, file, seed, mutator, words, true, past);
    }

    FileTarget endingWith(String refusal) {
        return new FileTarget(name, share, file, seed, mutator, words, compares, refusal);
    }

    @Override
    public Mutant mutant(SplittableRandom random) {
        return mutator.apply(seed, random);
    }

    @Override
    public List<String> place(Mutant mutant) throws IOException {
        // A new file: one that is cut and written again is flushed to the disk by some file systems, each time.
        Files.deleteIfExists(file);
        Files.write(file, mutant.bytes());
        return words;
    }

    @Override
    public Mutant sound() {
        return new Mutant(" nothing", seed, true);
    }

    @Override
    public boolean comparesReordered() {
        return compares;
    }

    @Override
    public boolean isPastTheParser(HostileRun run) {
        return !past.isEmpty() && run.code() == 2 && run.err().contains(past);
    }
}
