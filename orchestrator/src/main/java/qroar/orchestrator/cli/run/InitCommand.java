package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.plan.NewExperiment;
import qroar.orchestrator.console.ExitCode;

/** {@code qroar init}: an experiment file to begin with. */
@Command(
        name = "init",
        description =
                "Writes a commented experiment file for a checkpoint and a folder of texts: documents to search on and"
                        + " to hold out in turns, lengths that the texts reach, RoPE scaling for the longest, quantizers, and every"
                        + " other key with its default as a comment.",
        mixinStandardHelpOptions = true)
public final class InitCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description = "checkpoint: a folder, a GGUF file, or a model's name in the Hugging Face cache")
    private String model = "";

    @Parameters(
            index = "1",
            paramLabel = "TEXTS",
            description = "folder of texts, one document per file: .txt, .text, .md, also compressed (.gz, .zst)")
    private Path texts = Path.of("");

    @Option(
            names = "--length",
            paramLabel = "T",
            description = "longest context length in tokens (left out: up to 4 times the trained window, as far as the"
                    + " texts reach)")
    private @Nullable Integer length;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "file to write (left out: MODEL's name with .yaml, here)")
    private @Nullable Path out;

    @Option(names = "--force", description = "write over a file that is there")
    private boolean force;

    @Override
    public Integer call() {
        Path file = NewExperiment.write(model, texts, length, out, force);
        System.out.println(file + " is written; look before it runs: qroar plan " + file + ", then: qroar run " + file);
        return ExitCode.DONE.code();
    }
}
