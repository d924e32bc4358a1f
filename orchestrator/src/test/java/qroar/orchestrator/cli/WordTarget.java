package qroar.orchestrator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The value of an option.
 *
 * @param seeds sound values
 * @param before words before the value
 */
record WordTarget(String name, int share, List<String> seeds, List<String> before) implements HostileTarget {
    @Override
    public Mutant mutant(SplittableRandom random) {
        return ByteMutator.of(seeds.get(random.nextInt(seeds.size())).getBytes(UTF_8), random);
    }

    @Override
    public Mutant sound() {
        return new Mutant(" nothing", seeds.get(0).getBytes(UTF_8), true);
    }

    @Override
    public List<String> place(Mutant mutant) {
        List<String> words = new ArrayList<>(before);
        // No operating system passes a zero character.
        words.add(new String(mutant.bytes(), UTF_8).replace("\0", "\u0001"));
        return words;
    }
}
