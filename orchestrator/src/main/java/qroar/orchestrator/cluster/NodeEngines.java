package qroar.orchestrator.cluster;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.apache.pekko.remote.artery.tcp.SSLEngineProvider;
import org.apache.pekko.remote.artery.tcp.SslTransportException;
import org.apache.pekko.remote.artery.tcp.ssl.PeerSubjectVerifier;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Mutual TLS from the three PEM files of a node: what Pekko's {@code RotatingKeysSSLEngineProvider} does, under its keys of
 * configuration, files read anew every few minutes included. That one reads RSA keys only, of which making one takes
 * seconds to tens of seconds on a busy machine; elliptic ones take milliseconds. Thread-safe.
 */
final class NodeEngines implements SSLEngineProvider {
    private static final char[] NO_PASSWORD = new char[0];

    private final Path key;
    private final Path node;
    private final Path authority;
    private final String protocol;
    private final String[] algorithms;
    private final Duration lifetime;
    private final SecureRandom random = new SecureRandom();
    private @Nullable Identity identity;

    /** @param keys section {@code pekko.remote.artery.ssl.rotating-keys-engine} */
    NodeEngines(Config keys) {
        key = Path.of(keys.getString("key-file"));
        node = Path.of(keys.getString("cert-file"));
        authority = Path.of(keys.getString("ca-cert-file"));
        protocol = keys.getString("protocol");
        algorithms = keys.getStringList("enabled-algorithms").toArray(String[]::new);
        lifetime = keys.getDuration("ssl-context-cache-ttl");
    }

    /**
     * What the files held.
     *
     * @param peers lets those pass whose certificate shares a name with ours
     */
    private record Identity(SSLContext context, PeerSubjectVerifier peers, long readNanos) {}

    private synchronized Identity identity() {
        Identity known = identity;
        if (known == null || System.nanoTime() - known.readNanos() >= lifetime.toNanos()) {
            known = read();
            identity = known;
        }
        return known;
    }

    private Identity read() {
        try {
            PrivateKey privateKey = Pem.key(key);
            X509Certificate own = Pem.certificate(node);
            X509Certificate root = Pem.certificate(authority);
            KeyStore ours = KeyStore.getInstance("PKCS12");
            ours.load(null, null);
            ours.setKeyEntry("node", privateKey, NO_PASSWORD, new Certificate[] {own, root});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(ours, NO_PASSWORD);
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("authority", root);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance(protocol);
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), random);
            return new Identity(context, new PeerSubjectVerifier(own), System.nanoTime());
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new SslTransportException(
                    "certificates in " + node.getParent() + " cannot be used: " + e.getMessage(), e);
        }
    }

    private SSLEngine engine(String hostname, int port) {
        SSLEngine engine = identity().context().createSSLEngine(hostname, port);
        engine.setEnabledCipherSuites(algorithms);
        engine.setEnabledProtocols(new String[] {protocol});
        return engine;
    }

    @Override
    public SSLEngine createServerSSLEngine(String hostname, int port) {
        SSLEngine engine = engine(hostname, port);
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(true);
        return engine;
    }

    @Override
    public SSLEngine createClientSSLEngine(String hostname, int port) {
        SSLEngine engine = engine(hostname, port);
        engine.setUseClientMode(true);
        return engine;
    }

    @Override
    public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
        return identity().peers().verifyClientSession(hostname, session);
    }

    @Override
    public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
        return identity().peers().verifyServerSession(hostname, session);
    }
}
