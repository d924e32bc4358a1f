package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.process.NodeCertificates;
import qroar.orchestrator.console.ExitCode;

/** {@code qroar certs}: a private authority and what nodes prove themselves by. */
@Command(
        name = "certs",
        description = {
            "Makes a private certificate authority and, for each node, a folder with key and certificate to be copied to"
                    + " its machine and named there with --certs.",
            "Run it again with the same --out to add nodes. Keep DIR/ca.key to yourself: who has it can join runs."
        },
        mixinStandardHelpOptions = true)
public final class CertsCommand implements Callable<Integer> {
    @Option(names = "--out", paramLabel = "DIR", required = true, description = "folder of the authority and the nodes")
    private Path out = Path.of("");

    @Option(
            names = "--nodes",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "coordinator,worker",
            description = "one folder per name (default ${DEFAULT-VALUE}); nodes may share one")
    private List<String> nodes = List.of();

    @Override
    public Integer call() {
        NodeCertificates.issue(out, nodes).forEach(System.out::println);
        return ExitCode.DONE.code();
    }
}
