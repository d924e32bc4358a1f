package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class ManualPagesTest {
    private static final Pattern REQUEST = Pattern.compile("\\.(TH|SH|TP|PP|B|BR|RI|br|nf|fi|nh|ad)( .*)?");

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void write() throws IOException {
        ManualPages.write(folder, "1.2.3", "2026-11-22");
    }

    private String page(String name) throws IOException {
        return Files.readString(folder.resolve("man/man1").resolve(name + ".1"));
    }

    /** As a reader sees it: without the escapes that the pages use. */
    private static String plain(String page) {
        return page.replace("\\-", "-")
                .replace("\\:", "")
                .replace("\\(dq", "\"")
                .replace("\\e", "\\");
    }

    @Test
    void everyCommandHasAPageThatNamesEveryOption() throws IOException {
        for (CommandLine command : ManualPages.withSubcommands(Qroar.commandLine())) {
            String page = plain(page(ManualPage.nameOf(command)));
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (!option.hidden()) {
                    assertThat(page).contains("\n.B " + String.join(", ", option.names()));
                }
            }
        }
        assertThat(page("qroar-bench-search")).contains(".SH \"NAME\"\nqroar\\-bench\\-search \\- ");
        assertThat(page("qroar")).contains("1.2.3", "2026-11-22", "\n.B qroar\\-bench(1)\n");
    }

    /** Text that begins with a dot would be taken for a request, and be lost. */
    @Test
    void everyLineThatBeginsLikeARequestIsOne() throws IOException {
        try (Stream<Path> pages = Files.list(folder.resolve("man/man1"))) {
            for (Path page : pages.toList()) {
                List<String> lines = Files.readAllLines(page);
                assertThat(lines).noneMatch(line -> line.startsWith("'"));
                assertThat(lines).filteredOn(line -> line.startsWith(".")).allMatch(REQUEST.asMatchPredicate());
                // A name and one sentence, for apropos.
                assertThat(lines.get(lines.indexOf(".SH \"NAME\"") + 1)).matches("qroar\\S* \\\\- .*[^.]");
                assertThat(lines.get(lines.indexOf(".SH \"NAME\"") + 2)).startsWith(".SH");
            }
        }
    }

    @Test
    void examplesKeepTheirLines() throws IOException {
        assertThat(plain(page("qroar-status"))).contains("""
                .SH "EXAMPLES"
                .nf
                qroar status
                qroar status my-llama --json
                """);
    }

    @Test
    void completionKnowsEveryCommand() throws IOException {
        String completion = Files.readString(folder.resolve("bash-completion/completions/qroar"));
        for (CommandLine command : Qroar.commandLine().getSubcommands().values()) {
            assertThat(completion).contains(command.getCommandName());
        }
        assertThat(completion).contains("--calibration-sequences");
    }
}
