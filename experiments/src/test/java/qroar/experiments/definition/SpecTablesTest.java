package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.trial.Control;
import qroar.protocol.needle.NeedleTasks;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecForms;
import qroar.protocol.spec.SpecOption;

/** The tables of the documentation say what the lists in the code say; a failure shows the table to put there. */
class SpecTablesTest {
    private static final Path REFERENCE = Path.of("../docs/experiment-file.md");

    @Test
    void everyRopeScalingIsInTheReference() throws IOException {
        requireInReference(table(RopeScalingSpec.FORMS));
    }

    @Test
    void everyQuantizerIsInTheReference() throws IOException {
        requireInReference(table(QuantizationText.FORMS));
    }

    @Test
    void everyNeedleTaskIsInItsPage() throws IOException {
        requireIn(Path.of("../docs/needles.md"), table(NeedleTasks.FORMS));
    }

    @Test
    void everyStrategyIsInTheReference() throws IOException {
        requireInReference(Arrays.stream(SearchStrategy.Strategy.values())
                .map(strategy -> "`" + strategy.word() + "`: " + strategy.help() + ".")
                .collect(Collectors.joining(" ", "| `search.strategy` | `" + Defaults.STRATEGY.word() + "` | ", " |")));
    }

    @Test
    void everyControlIsInTheReference() throws IOException {
        StringBuilder table = new StringBuilder("| control | what it is |\n|---|---|\n");
        for (Control control : Control.values()) {
            table.append("| `").append(control.word()).append("` | ");
            table.append(control.help()).append(" |\n");
        }
        requireInReference(table.toString());
    }

    @Test
    void everyStoppingRuleIsInItsPage() throws IOException {
        StringBuilder table = new StringBuilder("| rule | looks | promise |\n|---|---|---|\n");
        for (StoppingRule.Rule rule : StoppingRule.Rule.values()) {
            table.append("| `").append(rule.word());
            table.append(rule == Defaults.STOPPING.rule() ? "` (default) | " : "` | ");
            table.append(rule.looks()).append(" | ").append(rule.promise()).append(" |\n");
        }
        requireIn(Path.of("../docs/stopping-rules.md"), table.toString());
    }

    private static void requireInReference(String table) throws IOException {
        requireIn(REFERENCE, table);
    }

    private static void requireIn(Path page, String table) throws IOException {
        assertThat(Files.readString(page).contains(table))
                .withFailMessage("%s lacks this table:%n%s", page, table)
                .isTrue();
    }

    private static String table(SpecForms<?> forms) {
        StringBuilder table = new StringBuilder("| spec | what it does | options |\n|---|---|---|\n");
        for (SpecForm<?> form : forms.all()) {
            table.append("| `").append(form.synopsis()).append("` | ").append(form.help());
            table.append(" | ").append(options(form.options())).append(" |\n");
        }
        if (!forms.common().isEmpty()) {
            table.append("| each of them | | ").append(options(forms.common())).append(" |\n");
        }
        return table.toString();
    }

    private static String options(List<SpecOption> options) {
        return options.isEmpty()
                ? "none"
                : options.stream().map(SpecTablesTest::option).collect(Collectors.joining("; "));
    }

    private static String option(SpecOption option) {
        String range = "`" + option.name() + "` " + option.range();
        return option.otherwise() == null ? range : range + " (left out: " + option.otherwise() + ")";
    }

    /** X and XScaling stand for the variant that a reader adds. */
    @Test
    void everyFileThatTheArchitecturePageNamesIsThere() throws IOException {
        String page = Files.readString(Path.of("../docs/architecture.md"));
        List<String> named = Pattern.compile(
                        "`((protocol|experiments|workers|reports|orchestrator)/[a-z/]+/[A-Z]\\w*)`")
                .matcher(page)
                .results()
                .map(found -> found.group(1))
                .filter(name -> !name.matches(".*/X([A-Z]\\w*)?"))
                .toList();
        assertThat(named).hasSizeGreaterThan(15);
        for (String name : named) {
            String module = name.substring(0, name.indexOf('/'));
            assertThat(Path.of("..", module, "src/main/java/qroar", name + ".java"))
                    .as(name)
                    .exists();
        }
    }
}
