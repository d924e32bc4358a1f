package qroar.orchestrator.cli.session;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.protocol.BadInput;

/** How a process behaves on a machine that others use as well. None of it changes a result. */
public final class MannersOptions {
    private static final int MOST_NICE = 19;

    @Option(
            names = "--nice",
            paramLabel = "N",
            description = "gives other programs precedence on the processors: 1 (a little) to 19")
    private @Nullable Integer nice;

    void requireSensible() {
        if (nice != null && (nice < 1 || nice > MOST_NICE)) {
            throw new BadInput("--nice " + nice + " must lie between 1 and " + MOST_NICE);
        }
    }

    /** Before threads are started: they inherit it. */
    void lowerPriority() {
        if (nice != null) {
            Niceness.lowerTo(nice);
        }
    }
}
