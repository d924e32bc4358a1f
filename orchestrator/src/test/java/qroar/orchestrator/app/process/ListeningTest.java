package qroar.orchestrator.app.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.cluster.CertificateAuthority;
import qroar.orchestrator.cluster.Certificates;
import qroar.orchestrator.cluster.Endpoint;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;

class ListeningTest {
    @TempDir
    private Path folder = Path.of("");

    private RunDirectory run() {
        return RunDirectory.open(
                folder, RunManifest.of("listening", "0123456789abcdef", Map.of("model", "m"), Instant.EPOCH));
    }

    @Test
    void aFreshRunTellsItsAddressAlsoWithCertificatesFromElsewhere() {
        Endpoint here = Endpoint.parse("--listen", "127.0.0.1:29871");
        Certificates own = CertificateAuthority.create().issue(folder.resolve("certs"));
        RunDirectory run = run();
        new Listening(here, own).coordinatorConfig(run);
        assertThat(run.path().resolve("tls/address")).hasContent("127.0.0.1:29871");
        assertThat(run.path().resolve("tls")).isDirectoryNotContaining("glob:**.key");

        new Listening(here, null).coordinatorConfig(run);
        assertThat(run.path().resolve("tls/node.key")).exists();
    }
}
