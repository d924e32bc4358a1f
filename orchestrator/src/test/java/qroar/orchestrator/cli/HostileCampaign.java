package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import picocli.CommandLine;

/**
 * Changed inputs of every parser through the command line's own entry point, in one process. An input is a function of
 * the seed, the target and its number, so that any can be run again alone.
 *
 * <p>As a program: {@code -Dmutants=N -Dseed=S [-Dtarget=NAME [-Dindex=I]]}; it prints the table of targets by outcome
 * and every input that ended badly.
 */
final class HostileCampaign {
    /** Shown of what a bad input printed. */
    private static final int SHOWN_CHARS = 600;

    private static final int THOUSAND = 1000;

    private static final int MUTANTS_OF_BUILD = 10_000;
    /** The same inputs in every build: what another seed finds is looked for with {@code -Dseed}, and mended, not met by chance. */
    private static final long SEED_OF_BUILD = 11;

    private final List<HostileTarget> targets;
    private final long seed;
    private final Map<String, Map<HostileOutcome, Integer>> table = new LinkedHashMap<>();
    private final Map<String, Long> nanos = new LinkedHashMap<>();
    private final List<String> bad = new ArrayList<>();

    /**
     * What each build asks: ten thousand changed inputs, of all targets together, are accepted or refused in one line.
     * {@code -Dseed=} replays.
     */
    static void ofBuild(List<HostileTarget> targets) throws IOException {
        HostileCampaign campaign = new HostileCampaign(targets, Long.getLong("seed", SEED_OF_BUILD));
        campaign.run(MUTANTS_OF_BUILD);
        System.out.println(campaign.table());
        assertThat(campaign.bad()).isEmpty();
        int share = targets.stream().mapToInt(HostileTarget::share).sum();
        assertThat(campaign.inputs()).isGreaterThan(MUTANTS_OF_BUILD / THOUSAND * share * 9 / 10);
    }

    HostileCampaign(List<HostileTarget> targets, long seed) {
        this.targets = List.copyOf(targets);
        this.seed = seed;
    }

    /** Inputs that ended badly, with all that is needed to see them again. */
    List<String> bad() {
        return List.copyOf(bad);
    }

    int inputs() {
        return table.values().stream()
                .flatMap(row -> row.values().stream())
                .mapToInt(Integer::intValue)
                .sum();
    }

    /** Runs about so many inputs, shared among the targets. */
    void run(int mutants) throws IOException {
        for (HostileTarget target : targets) {
            run(target, 0, Math.max(1, (int) ((long) mutants * target.share() / THOUSAND)));
        }
    }

    void run(HostileTarget target, int from, int to) throws IOException {
        CommandLine commandLine = Qroar.commandLine();
        String expected = sound(commandLine, target);
        Map<HostileOutcome, Integer> row =
                table.computeIfAbsent(target.name(), name -> new EnumMap<>(HostileOutcome.class));
        long begun = System.nanoTime();
        for (int index = from; index < to; index++) {
            SplittableRandom random =
                    new SplittableRandom(seed * 31 + target.name().hashCode() * 1_000_003L + index);
            Mutant mutant = target.mutant(random);
            HostileRun run = HostileRun.of(commandLine, target.place(mutant));
            HostileOutcome outcome = outcome(target, mutant, run, expected);
            row.merge(outcome, 1, Integer::sum);
            if (!outcome.isGood()) {
                bad.add(told(target, index, mutant, run, outcome) + difference(expected, run.out(), outcome));
            }
        }
        nanos.merge(target.name(), System.nanoTime() - begun, Long::sum);
    }

    private static HostileOutcome outcome(HostileTarget target, Mutant mutant, HostileRun run, String expected) {
        HostileOutcome outcome = HostileOutcome.of(run);
        if (outcome == HostileOutcome.REFUSED && target.isPastTheParser(run)) {
            outcome = HostileOutcome.ACCEPTED;
        }
        boolean compared = mutant.isNeutral()
                ? target.comparesReordered() && outcome.isGood()
                : target.comparesAll() && outcome == HostileOutcome.ACCEPTED;
        return compared && !run.out().equals(expected) ? HostileOutcome.WRONG_NUMBER : outcome;
    }

    /** What the unchanged input prints: a campaign over inputs that are refused as they are would find nothing. */
    private static String sound(CommandLine commandLine, HostileTarget target) throws IOException {
        HostileRun run = HostileRun.of(commandLine, target.place(target.sound()));
        if (run.code() != 0 && !target.isPastTheParser(run)) {
            throw new IllegalStateException(target.name() + ": the sound input ends with " + run.code() + ", "
                    + run.err() + (run.crash() == null ? "" : run.crash()));
        }
        return run.out();
    }

    private String told(HostileTarget target, int index, Mutant mutant, HostileRun run, HostileOutcome outcome) {
        String printed = run.err() + (run.crash() == null ? "" : run.crash() + " " + stack(run.crash()));
        return outcome.word() + ": -Dseed=" + seed + " -Dtarget=" + target.name() + " -Dindex=" + index + " ("
                + shown(mutant.what()) + "): exit " + run.code() + ", " + shown(printed);
    }

    private static String difference(String expected, String out, HostileOutcome outcome) {
        if (outcome != HostileOutcome.WRONG_NUMBER) {
            return "";
        }
        List<String> before = expected.lines().toList();
        return ", where the sound input has other lines: "
                + shown(out.lines()
                        .filter(line -> !before.contains(line))
                        .toList()
                        .toString());
    }

    private static String stack(Throwable crash) {
        StackTraceElement[] stack = crash.getStackTrace();
        return List.of(stack).subList(0, Math.min(6, stack.length)).toString();
    }

    private static String shown(String text) {
        String line = text.replaceAll("\\p{C}", "?");
        return line.length() > SHOWN_CHARS ? line.substring(0, SHOWN_CHARS) + "..." : line;
    }

    /** Markdown: a row per target. */
    String table() {
        StringBuilder text = new StringBuilder("| input |");
        for (HostileOutcome outcome : HostileOutcome.values()) {
            text.append(' ').append(outcome.word()).append(" |");
        }
        text.append(" seconds |\n|---|")
                .append("---|".repeat(HostileOutcome.values().length + 1))
                .append('\n');
        table.forEach((name, row) -> {
            text.append("| ").append(name).append(" |");
            for (HostileOutcome outcome : HostileOutcome.values()) {
                text.append(' ').append(row.getOrDefault(outcome, 0)).append(" |");
            }
            text.append(String.format(Locale.ROOT, " %.1f |%n", nanos.getOrDefault(name, 0L) / 1e9));
        });
        return text.toString();
    }

    public static void main(String[] arguments) throws IOException {
        Path scratch = Files.createTempDirectory("hostile-inputs");
        long seed = Long.getLong("seed", 11);
        List<HostileTarget> targets = HostileTargets.in(scratch);
        HostileCampaign campaign = new HostileCampaign(targets, seed);
        String only = System.getProperty("target");
        if (only == null) {
            campaign.run(Integer.getInteger("mutants", 100_000));
        } else {
            for (HostileTarget target : targets) {
                if (target.name().equals(only)) {
                    int index = Integer.getInteger("index", -1);
                    int count = Math.max(1, Integer.getInteger("mutants", 1000));
                    campaign.run(target, Math.max(0, index), index < 0 ? count : index + 1);
                }
            }
        }
        campaign.bad().forEach(System.out::println);
        System.out.println(campaign.table());
        System.exit(campaign.bad().isEmpty() ? 0 : 1);
    }
}
