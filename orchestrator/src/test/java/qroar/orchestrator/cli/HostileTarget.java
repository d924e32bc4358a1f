package qroar.orchestrator.cli;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/** One parser, reached through a command. */
interface HostileTarget {
    /** In the table. */
    String name();

    /** How many of a thousand inputs are this target's. */
    int share();

    /** One changed input. */
    Mutant mutant(SplittableRandom random);

    /**
     * Puts it where the command reads it.
     *
     * @return the command's words
     */
    List<String> place(Mutant mutant) throws IOException;

    /** The input as it is when nothing is changed; it must be accepted. */
    Mutant sound();

    /** Whether what reordered inputs print is compared with what the sound one prints. */
    default boolean comparesReordered() {
        return comparesAll();
    }

    /** Whether that holds for whatever is accepted. */
    default boolean comparesAll() {
        return false;
    }

    /** Whether what was refused at the end of the command's reading was accepted by the parser. */
    default boolean isPastTheParser(HostileRun run) {
        return false;
    }
}
