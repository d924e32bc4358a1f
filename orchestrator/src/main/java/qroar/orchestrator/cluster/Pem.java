package qroar.orchestrator.cluster;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;

/** Certificates and unencrypted PKCS#8 keys, RSA or elliptic, in PEM files. */
final class Pem {
    /** A certificate or a key has a few thousand. */
    private static final long MAX_BYTES = 1 << 20;

    private Pem() {}

    static X509Certificate certificate(Path file) throws IOException, CertificateException {
        if (first(file) instanceof X509CertificateHolder holder) {
            return new JcaX509CertificateConverter().getCertificate(holder);
        }
        throw new BadInput(file + ": must hold a certificate in PEM");
    }

    static PrivateKey key(Path file) throws IOException {
        if (first(file) instanceof PrivateKeyInfo info) {
            return new JcaPEMKeyConverter().getPrivateKey(info);
        }
        throw new BadInput(file + ": must hold an unencrypted PKCS#8 key in PEM");
    }

    private static Object first(Path file) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(InputFile.text(file, MAX_BYTES)))) {
            return parser.readObject();
        }
    }

    static String text(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }
}
