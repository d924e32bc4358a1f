package qroar.orchestrator.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import qroar.protocol.BadInput;

/**
 * What a node proves itself by, and by what it knows others: PEM files in one folder.
 *
 * @param folder holds {@code ca.crt}, {@code node.crt} and {@code node.key}
 */
public record Certificates(Path folder) {
    static final String AUTHORITY = "ca.crt";
    static final String NODE = "node.crt";
    static final String KEY = "node.key";

    /** @throws BadInput naming the file that is not there */
    public static Certificates in(Path folder) {
        Certificates certificates = new Certificates(folder.toAbsolutePath().normalize());
        for (String name : new String[] {AUTHORITY, NODE, KEY}) {
            Path file = certificates.folder.resolve(name);
            if (!Files.isReadable(file)) {
                throw new BadInput(
                        "--certs " + folder + ": no readable file " + name + " in it; qroar certs makes such folders");
            }
        }
        return certificates;
    }

    Path authority() {
        return folder.resolve(AUTHORITY);
    }

    Path node() {
        return folder.resolve(NODE);
    }

    Path key() {
        return folder.resolve(KEY);
    }
}
