package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecForms;
import qroar.protocol.spec.SpecOption;

/** The tables of specs in the reference say what the forms say; a failure shows the table to put there. */
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

    private static void requireInReference(String table) throws IOException {
        assertThat(Files.readString(REFERENCE).contains(table))
                .withFailMessage("%s lacks this table:%n%s", REFERENCE, table)
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
}
