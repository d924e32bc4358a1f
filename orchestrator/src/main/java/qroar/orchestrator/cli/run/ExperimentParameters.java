package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Parameters;
import qroar.experiments.definition.Overrides;

/** An experiment file, and behind it keys in the stead of what it says of them. */
final class ExperimentParameters {
    @Parameters(index = "0", paramLabel = "EXPERIMENT", description = "experiment file (YAML)")
    private Path file = Path.of("");

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "KEY=VALUE",
            description = {
                "keys in the stead of what the file says of them, such as bands=8 lengths=512,1024 search.start=common"
                        + " quantizer=awq:bits=4,group=128; lists and groups as YAML has them, in quotes for the shell:",
                "'quantizer=[rtn:bits=4, awq:bits=4]'. Paths start at the current folder"
            })
    private List<String> words = List.of();

    Path file() {
        return file;
    }

    Overrides overrides() {
        return new Overrides(words);
    }
}
