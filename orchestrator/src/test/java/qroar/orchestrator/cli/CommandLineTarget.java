package qroar.orchestrator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Whole command lines: commands that read, with options of theirs and values that fit or do not. Options that name a
 * file to write are left out.
 *
 * @param values to choose among
 */
record CommandLineTarget(int share, List<String> values) implements HostileTarget {
    private static final List<String> COMMANDS =
            List.of("eval", "tasks", "rope", "diagnose", "status", "replay", "report", "quantize", "export");
    private static final Set<String> NOT_USED =
            Set.of("--out", "--per-token", "--per-choice", "--losses", "--runs", "--device", "--threads", "--length");
    private static final Map<String, List<OptionSpec>> OPTIONS =
            Qroar.commandLine().getSubcommands().entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey,
                            entry -> entry.getValue().getCommandSpec().options()));

    private static final String SEPARATOR = "\u0001";

    @Override
    public String name() {
        return "options";
    }

    @Override
    public Mutant mutant(SplittableRandom random) {
        String command = COMMANDS.get(random.nextInt(COMMANDS.size()));
        List<OptionSpec> options = Objects.requireNonNull(OPTIONS.get(command));
        List<String> words = new ArrayList<>(List.of(command));
        for (int i = random.nextInt(7); i > 0; i--) {
            OptionSpec option = options.get(random.nextInt(options.size()));
            if (!NOT_USED.contains(option.longestName())) {
                words.add(option.longestName());
            }
            if (random.nextInt(4) > 0) {
                words.add(value(random));
            }
        }
        String line = String.join(SEPARATOR, words);
        return new Mutant(line, line.getBytes(UTF_8), false);
    }

    @Override
    public Mutant sound() {
        return new Mutant(" nothing", "--version".getBytes(UTF_8), true);
    }

    private String value(SplittableRandom random) {
        String value = values.get(random.nextInt(values.size()));
        return random.nextInt(3) > 0
                ? value
                : new String(ByteMutator.of(value.getBytes(UTF_8), random).bytes(), UTF_8).replace("\0", "");
    }

    @Override
    public List<String> place(Mutant mutant) {
        return List.of(new String(mutant.bytes(), UTF_8).split(SEPARATOR, -1));
    }
}
