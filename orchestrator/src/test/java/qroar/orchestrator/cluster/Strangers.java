package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Random;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Peers that have no business here: each must be refused, and the run must not notice. */
final class Strangers {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int REPEATS = 20;
    /** Announces 2 GiB of the stream of ordinary messages. */
    static final byte[] HUGE_FRAME = {'P', 'E', 'K', 'K', 2, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f};

    private Strangers() {}

    static void bother(String place, Path folder) throws IOException, GeneralSecurityException {
        String[] hostAndPort = place.split(":");
        String host = hostAndPort[0];
        int port = Integer.parseInt(hostAndPort[1]);
        Random random = new Random(5);
        for (int i = 0; i < REPEATS; i++) {
            byte[] garbage = new byte[1 + random.nextInt(2000)];
            random.nextBytes(garbage);
            plain(host, port, garbage);
            plain(host, port, HUGE_FRAME);
        }
        Certificates foreign = CertificateAuthority.create().issue(folder);
        for (KeyManager[] proof : new KeyManager[][] {null, keys(foreign)}) {
            assertThat(answers(host, port, proof))
                    .as("a stranger's TLS connection is served")
                    .isFalse();
        }
    }

    static void plain(String host, int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(host, port)) {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        } catch (java.net.SocketException refused) {
            // Closed while we were still writing: refused all the same.
        }
    }

    /** Whether the peer goes on after the handshake: Artery answers nothing on a connection that it only reads. */
    static boolean answers(String host, int port, KeyManager @Nullable [] proof)
            throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(proof, new TrustManager[] {new Credulous()}, new SecureRandom());
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(host, port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.startHandshake();
            socket.getOutputStream().write(HUGE_FRAME);
            return socket.getInputStream().read() >= 0;
        } catch (java.net.SocketTimeoutException stillOpen) {
            return true;
        } catch (javax.net.ssl.SSLException | java.net.SocketException refused) {
            return false;
        }
    }

    static KeyManager[] keys(Certificates certificates) throws IOException, GeneralSecurityException {
        char[] password = "stranger".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, password);
        store.setKeyEntry(
                "node", Pem.key(certificates.key()), password, new Certificate[] {Pem.certificate(certificates.node())
                });
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return new KeyManager[] {new Insistent((X509ExtendedKeyManager) factory.getKeyManagers()[0])};
    }

    /** Reads what {@link CertificateAuthority} wrote by other means than it used. */
    static final class Pem {
        private Pem() {}

        static X509Certificate certificate(Path file) throws IOException, GeneralSecurityException {
            try (var in = Files.newInputStream(file)) {
                return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            }
        }

        static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
            String body = Files.readString(file).replaceAll("-----[A-Z ]+-----", "");
            return java.security.KeyFactory.getInstance("EC")
                    .generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(
                            Base64.getMimeDecoder().decode(body)));
        }
    }

    /** Shows its certificate also to a server that asks for one of another authority. */
    private static final class Insistent extends X509ExtendedKeyManager {
        private final X509ExtendedKeyManager keys;

        Insistent(X509ExtendedKeyManager keys) {
            this.keys = keys;
        }

        @Override
        public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return "node";
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return keys.getCertificateChain(alias);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return keys.getPrivateKey(alias);
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {"node"};
        }

        @Override
        public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }
    }

    private static final class Credulous implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
