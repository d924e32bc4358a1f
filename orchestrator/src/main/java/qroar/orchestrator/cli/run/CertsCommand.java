package qroar.orchestrator.cli.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import qroar.orchestrator.cluster.CertificateAuthority;
import qroar.orchestrator.console.ExitCode;
import qroar.protocol.BadInput;

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
    private static final String NODE_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

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
        for (String node : nodes) {
            if (!node.matches(NODE_NAME)) {
                throw new BadInput(
                        "--nodes " + node + " must be usable as a folder name: letters, digits, '.', '_', '-'");
            }
            if (Files.exists(out.resolve(node))) {
                throw new BadInput("--nodes " + node + ": " + out.resolve(node) + " exists already; nothing was made");
            }
        }
        CertificateAuthority authority = CertificateAuthority.keptIn(out);
        for (String node : nodes) {
            System.out.println(authority.issue(out.resolve(node)).folder());
        }
        return ExitCode.DONE.code();
    }
}
