package qroar.orchestrator.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.NoDevice;
import qroar.orchestrator.journal.JournalAddress;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.codec.JournalFormatException;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.protocol.StorageFault;
import qroar.workers.torch.UnusableDevice;

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

    private static CommandLine commandLine(List<Class<?>> commands) {
        CommandLine commandLine = new CommandLine(new Qroar());
        commands.forEach(commandLine::addSubcommand);
        commandLine.getSubcommands().values().forEach(Examples::addTo);
        commandLine.setResourceBundle(new SpecHelp());
        commandLine.setExitCodeExceptionMapper(Qroar::exitCode);
        commandLine.setExecutionExceptionHandler((failure, where, parsed) -> {
            report(failure, where.getErr());
            return exitCode(failure);
        });
        commandLine.setExecutionStrategy(parsed -> {
            try {
                return new CommandLine.RunLast().execute(parsed);
            } catch (LinkageError e) {
                PrintWriter err = parsed.commandSpec().commandLine().getErr();
                report(e, err);
                err.flush();
                return ExitCode.NO_DEVICE.code();
            } catch (OutOfMemoryError | StackOverflowError e) {
                // Whatever asked for too much is gone with its stack.
                PrintWriter err = parsed.commandSpec().commandLine().getErr();
                err.println("qroar: " + tooMuch(e));
                err.flush();
                return ExitCode.FAILED.code();
            }
        });
        commandLine.setParameterExceptionHandler((problem, arguments) -> {
            CommandLine where = problem.getCommandLine();
            where.getErr().println("qroar: " + OneLine.of(JournalAddress.redacted(usageProblem(problem))));
            where.getErr().flush();
            return exitCode(problem);
        });
        // Its own remarks on arguments would stand beside the one line that says what is wrong with them.
        CommandLine.tracer().setLevel(CommandLine.TraceLevel.OFF);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        // No argument is a file of arguments: nothing bounds how much of it would be read.
        commandLine.setExpandAtFiles(false);
        return commandLine;
    }

    /** The innermost failure to load a library or a class of it; null where that is not what happened. */
    private static @Nullable LinkageError notLoaded(Throwable failure) {
        LinkageError found = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof LinkageError linkage) {
                found = linkage;
            }
        }
        return found;
    }

    private static String tooMuch(VirtualMachineError e) {
        return e instanceof StackOverflowError
                ? "the input is nested too deeply for this process's stack"
                : "out of memory (" + OneLine.of(String.valueOf(e.getMessage())) + "): this process's heap has "
                        + Runtime.getRuntime().maxMemory() + " bytes; give it more with -Xmx";
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

    private static int exitCode(Throwable failure) {
        if (failure instanceof BadInput || failure instanceof CommandLine.ParameterException) {
            return ExitCode.BAD_INPUT.code();
        }
        return failure instanceof NoDevice || failure instanceof UnusableDevice || notLoaded(failure) != null
                ? ExitCode.NO_DEVICE.code()
                : ExitCode.FAILED.code();
    }

    private static void report(Throwable failure, PrintWriter err) {
        StorageFault fault = StorageFault.in(failure);
        if (failure instanceof BadInput
                || failure instanceof NoDevice
                || failure instanceof UnusableDevice
                || failure instanceof JournalDamage
                || failure instanceof JournalFormatException) {
            err.println("qroar: " + OneLine.of(JournalAddress.redacted(String.valueOf(failure.getMessage()))));
        } else if (fault != null) {
            log().info("storage fault", failure);
            err.println("qroar: " + OneLine.of(JournalAddress.redacted(String.valueOf(fault.getMessage()))));
        } else if (notLoaded(failure) != null) {
            String library =
                    String.valueOf(Objects.requireNonNull(notLoaded(failure)).getMessage());
            err.println("qroar: a native library cannot be loaded: " + OneLine.of(library)
                    + "; where its folder forbids executing (noexec), name another with DJL_CACHE_DIR");
        } else {
            log().error("unexpected failure", failure);
            err.println("qroar: unexpected " + OneLine.of(failure.toString()));
        }
        err.flush();
    }

    /** Asked for when something is to be told, for starting the log takes longer than many a command. */
    private static Logger log() {
        return LoggerFactory.getLogger(Qroar.class);
    }

    /** Without a command: what there is. */
    @Override
    public Integer call() {
        spec.commandLine().usage(System.out);
        return ExitCode.DONE.code();
    }
}
