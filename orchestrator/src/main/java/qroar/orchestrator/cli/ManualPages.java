package qroar.orchestrator.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;

/** What a release brings along for a shell: a page for {@code man} of every command, and completion. Run by the build. */
public final class ManualPages {
    private ManualPages() {}

    /**
     * @param arguments the folder to write into (its {@code man/man1} and {@code bash-completion/completions}), the version and
     *     the date that pages tell
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            throw new IllegalArgumentException("ManualPages FOLDER VERSION DATE");
        }
        write(Path.of(arguments[0]), arguments[1], arguments[2].substring(0, Math.min(10, arguments[2].length())));
    }

    static void write(Path folder, String version, String date) throws IOException {
        CommandLine qroar = Qroar.commandLine();
        // man folds lines itself.
        qroar.setUsageHelpAutoWidth(false);
        qroar.setUsageHelpWidth(Short.MAX_VALUE);
        Path pages = Files.createDirectories(folder.resolve("man/man1"));
        for (CommandLine each : withSubcommands(qroar)) {
            Files.writeString(pages.resolve(ManualPage.nameOf(each) + ".1"), ManualPage.of(each, version, date));
        }
        Path completions = Files.createDirectories(folder.resolve("bash-completion/completions"));
        Files.writeString(completions.resolve("qroar"), AutoComplete.bash("qroar", qroar));
    }

    /** Of the command and all below it, those that are listed. */
    static List<CommandLine> withSubcommands(CommandLine command) {
        List<CommandLine> all = new ArrayList<>(List.of(command));
        for (CommandLine each : command.getSubcommands().values()) {
            if (!each.getCommandSpec().usageMessage().hidden()) {
                all.addAll(withSubcommands(each));
            }
        }
        return all;
    }
}
