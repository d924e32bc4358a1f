package qroar.orchestrator.app.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import qroar.orchestrator.cluster.CertificateAuthority;
import qroar.protocol.BadInput;

/** Folders by which nodes prove themselves, issued by an authority that a person keeps. */
public final class NodeCertificates {
    private static final String NODE_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

    private NodeCertificates() {}

    /**
     * @param out folder of the authority, which is made where it is not there, and of the nodes
     * @param nodes a folder each
     * @return the nodes' folders
     * @throws BadInput where a name is no folder's, or one is there already; then nothing was made
     */
    public static List<Path> issue(Path out, List<String> nodes) {
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
        List<Path> folders = new ArrayList<>();
        for (String node : nodes) {
            folders.add(authority.issue(out.resolve(node)).folder());
        }
        return folders;
    }
}
