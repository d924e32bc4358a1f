package qroar.orchestrator.cluster;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.remote.artery.tcp.SSLEngineProvider;
import scala.Option;

/**
 * Engines of mutual TLS, in which the accepting side tells of whom it refuses and holds peers to the largest
 * frame. Pekko does neither: who has no certificate leaves no trace in the log, and Artery's framing gathers however many
 * bytes a frame announces, up to 2 GiB, before anything looks at them.
 */
public final class GuardingSslEngineProvider implements SSLEngineProvider {
    private final SSLEngineProvider keys;
    private final int maxFrameBytes;

    /** Called by Pekko. */
    public GuardingSslEngineProvider(ActorSystem system) {
        this.keys =
                new NodeEngines(system.settings().config().getConfig("pekko.remote.artery.ssl.rotating-keys-engine"));
        this.maxFrameBytes =
                Math.toIntExact(system.settings().config().getBytes("pekko.remote.artery.advanced.maximum-frame-size"));
    }

    @Override
    public SSLEngine createServerSSLEngine(String hostname, int port) {
        return new GuardingSslEngine(keys.createServerSSLEngine(hostname, port), new FrameBounds(maxFrameBytes));
    }

    /** Nothing is read from connections that this side opens: Artery's connections go one way. */
    @Override
    public SSLEngine createClientSSLEngine(String hostname, int port) {
        return keys.createClientSSLEngine(hostname, port);
    }

    @Override
    public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
        return keys.verifyClientSession(hostname, session);
    }

    @Override
    public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
        return keys.verifyServerSession(hostname, session);
    }
}
