package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import qroar.workers.tasks.Task;

class CommandsTest {
    @Test
    void withoutACommandHelpIsPrinted() {
        CommandRun bare = CommandRun.of();
        assertThat(bare.code()).isZero();
        assertThat(bare.out())
                .startsWith("Usage: qroar")
                .contains("eval")
                .isEqualTo(CommandRun.of("--help").out());
    }

    @Test
    void helpOfACommandIsTheSameBothWays() {
        CommandRun asked = CommandRun.of("help", "status");
        assertThat(asked.code()).isZero();
        assertThat(asked.out())
                .startsWith("Usage: qroar status")
                .isEqualTo(CommandRun.of("status", "--help").out());
    }

    @Test
    void aFirstWordThatNamesACommandMakesThatOneAlone() {
        assertThat(Commands.wantedBy(new String[] {"status", "x"})).hasSize(1);
        assertThat(Commands.wantedBy(new String[] {"statos"})).isEqualTo(Commands.all());
        assertThat(Commands.wantedBy(new String[] {"--help"})).isEqualTo(Commands.all());
        assertThat(Commands.wantedBy(new String[] {})).isEqualTo(Commands.all());
    }

    /** The library's remarks on what it cannot make sense of are no part of an answer. */
    @Test
    void anUnbalancedQuoteIsToldInOneLine() {
        CommandRun run = CommandRun.of("tasks", "\"1e309", "--model", "nowhere");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).hasSize(1).first().asString().startsWith("qroar: ");
    }

    /** A sign that the library takes for a format would come out as a remark, or be lost. */
    @Test
    void helpPrintsPerCentAsItIs() {
        assertThat(CommandRun.of("diagnose", "--help").out()).contains("1 %.").doesNotContain("%%");
    }

    @Test
    void helpNamesEveryTask() {
        String help = CommandRun.of("tasks", "--help").out().replaceAll("\\s+", "");
        assertThat(Task.values()).allSatisfy(task -> assertThat(help).contains(task.word()));
    }

    /** An example that is not understood is worse than none. */
    @Test
    void everyCommandHasExamplesThatAreUnderstood() {
        for (CommandLine command : Qroar.commandLine().getSubcommands().values()) {
            String name = command.getCommandName();
            if (name.equals("help") || name.equals("generate-completion")) {
                continue;
            }
            List<String> examples = Examples.of(name);
            assertThat(examples).as(name).isNotEmpty();
            for (String example : examples) {
                List<String> words = Arrays.asList(example.split(" "));
                assertThat(words.subList(0, 2)).as(example).containsExactly("qroar", name);
                Qroar.commandLine().parseArgs(words.subList(1, words.size()).toArray(String[]::new));
                assertThat(command.getUsageMessage().replaceAll(" \\\\\\R +", " "))
                        .contains(example);
            }
        }
    }
}
