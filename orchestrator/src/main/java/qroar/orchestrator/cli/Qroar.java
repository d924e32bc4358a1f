package qroar.orchestrator.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import qroar.orchestrator.app.process.Failure;
import qroar.orchestrator.app.process.Loudness;
import qroar.orchestrator.console.ExitCode;

/** The command line: {@code qroar COMMAND}. Results go to standard output, everything else to standard error. */
@Command(
        name = "qroar",
        description = "Finds the per-band RoPE scales that keep quantized long-context LLMs accurate (Q-ROAR).",
        mixinStandardHelpOptions = true,
        versionProvider = VersionLine.class)
final class Qroar implements Callable<Integer> {
    private static final List<String> VERSION = List.of("--version", "-V");

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(
            names = {"-q", "--quiet"},
            scope = CommandLine.ScopeType.INHERIT,
            description = "results and errors only: no notes, no progress")
    @SuppressWarnings("UnusedVariable") // asked of the parsed words, wherever it stands among them
    private boolean quiet;

    @CommandLine.Option(
            names = {"-v", "--verbose"},
            scope = CommandLine.ScopeType.INHERIT,
            description = "also what otherwise only a run's log has")
    @SuppressWarnings("UnusedVariable") // asked of the parsed words, wherever it stands among them
    private boolean verbose;

    private Qroar() {}

    /** @return the exit code */
    static int execute(String[] arguments) {
        if (arguments.length == 1 && VERSION.contains(arguments[0])) {
            System.out.println(VersionLine.text());
            return ExitCode.DONE.code();
        }
        return commandLine(Commands.wantedBy(arguments)).execute(arguments);
    }

    /** With every command. */
    static CommandLine commandLine() {
        return commandLine(Commands.all());
    }

    static CommandLine commandLine(List<Class<?>> commands) {
        CommandLine commandLine = new CommandLine(new Qroar());
        commands.forEach(commandLine::addSubcommand);
        // Before a footer is asked for, which fills its keys in for good: without a bundle, with "null".
        commandLine.setResourceBundle(new SpecHelp());
        commandLine.getSubcommands().values().forEach(Examples::addTo);
        commandLine.setExecutionExceptionHandler((failure, where, parsed) -> end(Failure.of(failure), where.getErr()));
        commandLine.setExecutionStrategy(parsed -> {
            try {
                loudness(parsed);
                return new CommandLine.RunLast().execute(parsed);
            } catch (LinkageError | OutOfMemoryError | StackOverflowError e) {
                // Whatever asked for too much is gone with its stack.
                return end(Failure.of(e), parsed.commandSpec().commandLine().getErr());
            }
        });
        commandLine.setParameterExceptionHandler((problem, arguments) -> end(
                new Failure(ExitCode.BAD_INPUT, Failure.redacted(usageProblem(problem))),
                problem.getCommandLine().getErr()));
        // Its own remarks on arguments would stand beside the one line that says what is wrong with them.
        CommandLine.tracer().setLevel(CommandLine.TraceLevel.OFF);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        // No argument is a file of arguments: nothing bounds how much of it would be read.
        commandLine.setExpandAtFiles(false);
        return commandLine;
    }

    private static void loudness(CommandLine.ParseResult parsed) {
        boolean quiet = false;
        boolean verbose = false;
        for (CommandLine.ParseResult each = parsed; each != null; each = each.subcommand()) {
            quiet |= each.hasMatchedOption("--quiet");
            verbose |= each.hasMatchedOption("--verbose");
        }
        if (quiet && verbose) {
            throw new CommandLine.ParameterException(
                    parsed.commandSpec().commandLine(), "-q and -v contradict each other: give one");
        }
        Loudness.set(quiet, verbose);
    }

    private static int end(Failure failure, PrintWriter err) {
        err.println("qroar: " + failure.line());
        err.flush();
        return failure.code().code();
    }

    /** One line, with the nearest word that would have been understood. */
    private static String usageProblem(CommandLine.ParameterException problem) {
        String line = String.valueOf(problem.getMessage()).lines().findFirst().orElse("bad usage");
        if (problem instanceof CommandLine.UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            line += "; did you mean " + unmatched.getSuggestions().get(0) + "?";
        }
        return line + " (see " + problem.getCommandLine().getCommandSpec().qualifiedName() + " --help)";
    }

    /** Without a command: what there is. */
    @Override
    public Integer call() {
        spec.commandLine().usage(System.out);
        return ExitCode.DONE.code();
    }
}
