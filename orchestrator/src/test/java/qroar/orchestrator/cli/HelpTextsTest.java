package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.spec.SpecForm;

class HelpTextsTest {
    /** Each option of a spec stands whole on a line, at the narrowest terminal that help is made for. */
    @Test
    void noLineBreaksInsideAnOptionOfASpec() {
        List<SpecForm<?>> forms = new ArrayList<>(RopeScalingSpec.FORMS.all());
        forms.addAll(QuantizationText.FORMS.all());
        String eval = help("eval");
        for (SpecForm<?> form : forms) {
            for (String piece : form.synopsis().split("(?<=,)")) {
                assertThat(eval.lines()).as(form.synopsis()).anyMatch(line -> line.contains(piece));
            }
        }
    }

    @Test
    void everyHelpKeepsToEightyColumnsAndEndsWithExamples() {
        for (CommandLine command : Qroar.commandLine().getSubcommands().values()) {
            if (command.getCommandSpec().userObject() instanceof CommandLine.HelpCommand
                    || command.getCommandSpec().usageMessage().hidden()) {
                continue;
            }
            String help = help(command.getCommandName());
            assertThat(help.lines()).as(command.getCommandName()).allMatch(line -> line.length() <= 80);
            if (!Examples.of(command.getCommandName()).isEmpty()) {
                assertThat(help).containsPattern("\nExamples?:\n  qroar " + command.getCommandName() + "\\b");
            }
        }
    }

    /** What a text could not be filled in with is printed as null, and what is not asked for stays as it is. */
    @Test
    void noHelpShowsAPlaceholder() {
        for (CommandLine command : ManualPages.withSubcommands(Qroar.commandLine())) {
            assertThat(command.getUsageMessage())
                    .as(command.getCommandSpec().qualifiedName())
                    .doesNotContain("${", "null", "%s");
        }
    }

    @Test
    void aFooterAboveTheExamplesIsFilledInFromTheListsToo() {
        CommandLine rope = Objects.requireNonNull(
                Qroar.commandLine(List.of(FooterOfLists.class)).getSubcommands().get("rope"));
        assertThat(rope.getUsageMessage()).contains("\ncards: a100-40, ", "\nExample:\n");
    }

    @CommandLine.Command(name = "rope", footer = "cards: ${bundle:cards}")
    private static final class FooterOfLists {}

    @Test
    void helpOfACommandIsHadInBothWays() {
        assertThat(CommandRun.of("help", "rope").out())
                .isEqualTo(CommandRun.of("rope", "--help").out())
                .isNotEmpty();
        CommandRun bare = CommandRun.of();
        assertThat(bare.code()).isZero();
        assertThat(bare.out()).contains("Usage: qroar").contains("eval");
    }

    private static String help(String command) {
        CommandRun run = CommandRun.of(command, "--help");
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }
}
