package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

class CertificateAuthorityTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void nodeIsVouchedForByItsAuthorityAndNoOther() throws Exception {
        CertificateAuthority authority = CertificateAuthority.keptIn(folder);
        Certificates node = authority.issue(folder.resolve("a"));
        X509Certificate certificate = Strangers.Pem.certificate(node.node());
        X509Certificate root = Strangers.Pem.certificate(node.authority());
        assertThatCode(() -> certificate.verify(root.getPublicKey())).doesNotThrowAnyException();
        X509Certificate foreign = Strangers.Pem.certificate(
                CertificateAuthority.create().issue(folder.resolve("foreign")).authority());
        assertThatThrownBy(() -> certificate.verify(foreign.getPublicKey())).isInstanceOf(SignatureException.class);
        assertThat(root.getBasicConstraints()).isZero();
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);

        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(Strangers.Pem.key(node.key()));
        byte[] signed = signature.sign();
        signature.initVerify(certificate);
        assertThat(signature.verify(signed)).isTrue();
    }

    @Test
    void keysAreTheirOwnersAlone() throws Exception {
        Certificates node = CertificateAuthority.keptIn(folder).issue(folder.resolve("a"));
        for (Path key : new Path[] {node.key(), folder.resolve("ca.key")}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void authorityIsTakenUpAgainAndNodesAreNeverOverwritten() throws Exception {
        CertificateAuthority.keptIn(folder).issue(folder.resolve("a"));
        CertificateAuthority again = CertificateAuthority.keptIn(folder);
        Certificates later = again.issue(folder.resolve("b"));
        X509Certificate root = Strangers.Pem.certificate(folder.resolve("ca.crt"));
        assertThatCode(() -> Strangers.Pem.certificate(later.node()).verify(root.getPublicKey()))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> again.issue(folder.resolve("b")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("holds a node's key already");
    }

    @Test
    void folderWithoutAKeyIsRefusedByName() {
        assertThatThrownBy(() -> Certificates.in(folder))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("no readable file ca.crt");
    }
}
