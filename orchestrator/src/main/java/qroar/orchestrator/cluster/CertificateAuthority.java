package qroar.orchestrator.cluster;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import qroar.protocol.BadInput;

/**
 * A private authority that vouches for the nodes of an installation or of one run. Keys are elliptic, in PKCS#8 and in files
 * that only their owner can read; an authority with an RSA key, as earlier versions made them, goes on. Every node
 * certificate is issued by the authority directly and carries one common name, by which {@link NodeEngines} recognises
 * peers.
 */
public final class CertificateAuthority {
    private static final String NODE_NAME = "qroar-node";
    /** NIST P-256: as strong as RSA of 3072 bits, and made in milliseconds. */
    private static final String CURVE = "secp256r1";

    private static final Duration VALID = Duration.ofDays(3650);
    /** Clocks of boxes differ. */
    private static final Duration BACKDATED = Duration.ofDays(1);

    private static final Set<java.nio.file.attribute.PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private final X509Certificate certificate;
    private final PrivateKey key;

    private CertificateAuthority(X509Certificate certificate, PrivateKey key) {
        this.certificate = certificate;
        this.key = key;
    }

    /** A new authority, in memory. */
    public static CertificateAuthority create() {
        KeyPair pair = keyPair();
        X500Name name = new X500Name("CN=qroar authority " + Long.toHexString(new SecureRandom().nextLong()));
        try {
            X509v3CertificateBuilder builder = builder(name, name, pair)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
            return new CertificateAuthority(sign(builder, pair.getPrivate()), pair.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("this Java cannot make certificates", e);
        }
    }

    /**
     * The authority kept in a folder; a new one is made and kept there where there is none yet.
     *
     * @throws BadInput when the folder cannot be read or written
     */
    public static CertificateAuthority keptIn(Path folder) {
        Path certificateFile = folder.resolve("ca.crt");
        Path keyFile = folder.resolve("ca.key");
        try {
            if (Files.exists(certificateFile) || Files.exists(keyFile)) {
                return new CertificateAuthority(Pem.certificate(certificateFile), Pem.key(keyFile));
            }
            Files.createDirectories(folder);
            CertificateAuthority authority = create();
            writeSecret(keyFile, Pem.text(new JcaPKCS8Generator(authority.key, null)));
            Files.writeString(certificateFile, Pem.text(authority.certificate));
            return authority;
        } catch (IOException | GeneralSecurityException e) {
            throw new BadInput("authority in " + folder + " cannot be read or made: " + e.getMessage(), e);
        }
    }

    /**
     * Writes a new node's key and certificate, and this authority's certificate, into a folder.
     *
     * @throws BadInput when there are such files already, or it cannot be written
     */
    public Certificates issue(Path folder) {
        KeyPair pair = keyPair();
        try {
            X500Name issuer =
                    X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
            X509v3CertificateBuilder builder = builder(issuer, new X500Name("CN=" + NODE_NAME), pair)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                        KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                    }))
                    .addExtension(
                            Extension.subjectAlternativeName,
                            false,
                            new GeneralNames(new GeneralName(GeneralName.dNSName, NODE_NAME)));
            X509Certificate node = sign(builder, key);
            Files.createDirectories(folder);
            writeSecret(folder.resolve(Certificates.KEY), Pem.text(new JcaPKCS8Generator(pair.getPrivate(), null)));
            Files.writeString(folder.resolve(Certificates.NODE), Pem.text(node));
            Files.writeString(folder.resolve(Certificates.AUTHORITY), Pem.text(certificate));
            return Certificates.in(folder);
        } catch (java.nio.file.FileAlreadyExistsException e) {
            throw new BadInput("folder " + folder + " holds a node's key already; nothing was changed there", e);
        } catch (IOException e) {
            throw new BadInput("certificates cannot be written to " + folder + ": " + e.getMessage(), e);
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("this Java cannot make certificates", e);
        }
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(CURVE));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no elliptic curves", e);
        }
    }

    private static X509v3CertificateBuilder builder(X500Name issuer, X500Name subject, KeyPair pair) {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(Long.SIZE * 2 - 1, new SecureRandom()).add(BigInteger.ONE),
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(VALID)),
                subject,
                pair.getPublic());
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey signer)
            throws GeneralSecurityException, OperatorCreationException {
        String signature = signer.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(signature).build(signer)));
    }

    /** Never readable by others, not even for an instant; an existing file is left as it is. */
    private static void writeSecret(Path file, String text) throws IOException {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
        try (var channel = Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
            channel.write(java.nio.ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }
    }
}
