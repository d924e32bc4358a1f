package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
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

        Signature signature = Signature.getInstance("SHA256withECDSA");
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

    /** As earlier versions made them. */
    private void keepRsaAuthority() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        X500Name name = new X500Name("CN=qroar authority of old");
        Date now = new Date();
        Files.writeString(
                folder.resolve("ca.crt"),
                Pem.text(new JcaX509v3CertificateBuilder(
                                name,
                                BigInteger.TEN,
                                now,
                                Date.from(now.toInstant().plus(Duration.ofDays(9))),
                                name,
                                pair.getPublic())
                        .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                        .build(new JcaContentSignerBuilder("SHA256withRSA").build(pair.getPrivate()))));
        Files.writeString(folder.resolve("ca.key"), Pem.text(new JcaPKCS8Generator(pair.getPrivate(), null)));
    }

    @Test
    void anAuthorityWithAnRsaKeyGoesOn() throws Exception {
        keepRsaAuthority();
        Certificates node = CertificateAuthority.keptIn(folder).issue(folder.resolve("a"));
        X509Certificate certificate = Strangers.Pem.certificate(node.node());
        assertThat(certificate.getSigAlgName()).isEqualTo("SHA256withRSA");
        assertThat(certificate.getPublicKey().getAlgorithm()).isEqualTo("EC");
        assertThatCode(() -> certificate.verify(
                        Strangers.Pem.certificate(node.authority()).getPublicKey()))
                .doesNotThrowAnyException();
        NodeEngines engines = engines(node);
        assertThat(engines.createServerSSLEngine("a", 1).getNeedClientAuth()).isTrue();
        assertThat(engines.createClientSSLEngine("a", 1).getUseClientMode()).isTrue();
    }

    private static NodeEngines engines(Certificates node) {
        return new NodeEngines(ConfigFactory.parseMap(Map.of(
                "key-file", node.key().toString(),
                "cert-file", node.node().toString(),
                "ca-cert-file", node.authority().toString(),
                "protocol", "TLSv1.3",
                "enabled-algorithms", List.of("TLS_AES_128_GCM_SHA256"),
                "ssl-context-cache-ttl", "5m")));
    }

    @Test
    void filesThatAreNoCertificatesAreNamed() throws Exception {
        Certificates node = CertificateAuthority.keptIn(folder).issue(folder.resolve("a"));
        Files.writeString(node.node(), "nothing of the kind");
        assertThatThrownBy(() -> engines(node).createClientSSLEngine("a", 1))
                .hasMessageContaining("node.crt: must hold a certificate in PEM");
    }
}
