package qroar.orchestrator.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import qroar.orchestrator.console.ExitCode;

/**
 * A page of section 1 as {@code man} reads it, made from the same model as a command's help. picocli's own generator writes
 * AsciiDoc, whose reader would be the largest part of the build.
 */
final class ManualPage {
    private static final Map<ExitCode, String> ENDS = Map.of(
            ExitCode.DONE, "done",
            ExitCode.FAILED, "a run is finished, but trials of it failed; or anything that the others do not name",
            ExitCode.BAD_INPUT, "bad usage or bad input; one line on standard error says which",
            ExitCode.INCOMPLETE, "stopped before it was complete; the same command takes it up again",
            ExitCode.NO_DEVICE, "no usable device or worker");
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "JAVA_HOME", "the Java runtime to use, of version 17 or later; left out, the one on the path",
            "QROAR_JAVA_OPTS", "more options of the JVM, -Xmx4g for one",
            "DJL_CACHE_DIR", "where PyTorch's libraries are unpacked, once; left out, ~/.djl.ai",
            "PYTORCH_LIBRARY_PATH, PYTORCH_VERSION, PYTORCH_FLAVOR", "a PyTorch of your own, for a GPU",
            "XDG_CACHE_HOME", "holds the archive of classes that makes starts quicker; left out, ~/.cache");

    private final CommandLine command;
    private final CommandSpec spec;
    private final Help help;
    private final StringBuilder page = new StringBuilder();

    private ManualPage(CommandLine command) {
        this.command = command;
        this.spec = command.getCommandSpec();
        this.help = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF));
    }

    /** The page's name without its section: {@code qroar-bench-search}. */
    static String nameOf(CommandLine command) {
        return command.getCommandSpec().qualifiedName("-");
    }

    /**
     * @param command of a command line whose help is not folded
     * @param version of the product, as the page's foot tells it
     * @param date of the build, {@code 2026-11-22}
     */
    static String of(CommandLine command, String version, String date) {
        ManualPage page = new ManualPage(command);
        page.title(version, date);
        page.synopsis();
        page.description();
        page.arguments();
        page.commands();
        page.footer();
        page.ends();
        page.seeAlso();
        return page.page.toString();
    }

    private void title(String version, String date) {
        page.append(".TH \"")
                .append(nameOf(command).toUpperCase(Locale.ROOT))
                .append("\" \"1\" \"")
                .append(date);
        page.append("\" \"qroar ").append(version).append("\" \"qroar\"\n.nh\n.ad l\n");
        section("NAME");
        line(nameOf(command) + " - " + firstSentence(help));
    }

    /** What {@code apropos} finds, in one line. */
    private static String firstSentence(Help help) {
        String told = String.join(" ", lines(help.description()));
        int stop = told.indexOf(". ");
        return (stop > 0 ? told.substring(0, stop) : told).replaceAll("\\.$", "");
    }

    private void synopsis() {
        section("SYNOPSIS");
        page.append(".B ").append(escaped(spec.qualifiedName())).append('\n');
        if (!command.getSubcommands().isEmpty()) {
            page.append(".RI [ OPTION ]... \" COMMAND\"\n");
            return;
        }
        page.append(".RI [ OPTION ]...\n");
        for (OptionSpec option : spec.options()) {
            if (option.required()) {
                line(option.longestName() + label(option));
            }
        }
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            line(label(parameter));
        }
    }

    private String label(ArgSpec argument) {
        return help.createDefaultParamLabelRenderer()
                .renderParameterLabel(argument, Help.Ansi.OFF, List.of())
                .toString();
    }

    private void description() {
        section("DESCRIPTION");
        paragraphs(lines(help.description()));
    }

    private void arguments() {
        List<OptionSpec> options =
                spec.options().stream().filter(option -> !option.hidden()).toList();
        if (!spec.positionalParameters().isEmpty()) {
            section("ARGUMENTS");
            for (PositionalParamSpec parameter : spec.positionalParameters()) {
                Text[][] rows = help.createDefaultParameterRenderer()
                        .render(parameter, help.createDefaultParamLabelRenderer(), help.colorScheme());
                tagged(label(parameter).strip(), told(rows));
            }
        }
        if (!options.isEmpty()) {
            section("OPTIONS");
            for (OptionSpec option : options) {
                Text[][] rows = help.createDefaultOptionRenderer()
                        .render(option, help.createDefaultParamLabelRenderer(), help.colorScheme());
                tagged(String.join(", ", option.names()) + label(option), told(rows));
            }
        }
    }

    /** The last column of what a help text shows. */
    private static List<String> told(Text[][] rows) {
        return Arrays.stream(rows)
                .map(row -> row[row.length - 1].toString().stripTrailing())
                .filter(line -> !line.isEmpty())
                .toList();
    }

    private void commands() {
        if (command.getSubcommands().isEmpty()) {
            return;
        }
        section("COMMANDS");
        for (CommandLine each : command.getSubcommands().values()) {
            if (each.getCommandSpec().usageMessage().hidden()) {
                continue;
            }
            Help of = new Help(each.getCommandSpec(), help.colorScheme());
            tagged(nameOf(each) + "(1)", List.of(firstSentence(of)));
        }
    }

    /** Examples and what else stands below a help text, each line as it is. */
    private void footer() {
        List<String> lines = lines(help.footer());
        int examples = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("Example")) {
                examples = i;
            }
        }
        if (examples > 0) {
            paragraphs(lines.subList(0, examples));
        }
        if (examples >= 0) {
            section("EXAMPLES");
            page.append(".nf\n");
            lines.subList(examples + 1, lines.size()).forEach(each -> line(each.replaceFirst("^ {2}", "")));
            page.append(".fi\n");
        }
    }

    private void ends() {
        section("EXIT STATUS");
        for (ExitCode code : ExitCode.values()) {
            tagged(Integer.toString(code.code()), List.of(ENDS.getOrDefault(code, "")));
        }
        if (command.getParent() == null) {
            section("ENVIRONMENT");
            ENVIRONMENT.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(each -> tagged(each.getKey(), List.of(each.getValue())));
        }
    }

    private void seeAlso() {
        CommandLine parent = command.getParent();
        if (parent != null) {
            section("SEE ALSO");
            page.append(".BR ").append(escaped(nameOf(parent))).append(" (1)\n");
        }
    }

    private void section(String name) {
        page.append(".SH \"").append(name).append("\"\n");
    }

    private void tagged(String tag, List<String> lines) {
        page.append(".TP\n.B ").append(escaped(tag)).append('\n');
        page.append(lines.stream().map(ManualPage::text).collect(Collectors.joining("\n.br\n")));
        page.append('\n');
    }

    private void paragraphs(List<String> lines) {
        for (String each : lines) {
            if (each.isBlank()) {
                page.append(".PP\n");
            } else {
                page.append(text(each)).append("\n.br\n");
            }
        }
    }

    private void line(String line) {
        page.append(text(line)).append('\n');
    }

    private static List<String> lines(String text) {
        return text.lines().map(String::stripTrailing).toList();
    }

    /** A line of text, not a request: one begins with a dot or an apostrophe. */
    private static String text(String line) {
        String escaped = escaped(line);
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }

    private static String escaped(String text) {
        // Specs are long words: they may be broken behind a comma.
        return text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("\"", "\\(dq")
                .replaceAll(",(?=\\S)", ",\\\\:");
    }
}
