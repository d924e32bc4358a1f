package qroar.orchestrator.app.process;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends actor systems, also those whose network is cut.
 *
 * <p>Artery aborts its streams and waits for them without a limit, still listening. Its outbound control stream can come to
 * its end otherwise than by the abort: its {@code SystemMessageDelivery} stage completes when the inbound control stream has
 * ended, whichever is first. Then TLS waits for the peer to close, and a peer that cannot be reached never does. So where a
 * system takes too long its connections are ended from below, each of them an actor of Pekko's TCP extension.
 */
public final class Termination {
    private static final Logger LOG = LoggerFactory.getLogger(Termination.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String CONNECTIONS = "/system/IO-TCP/selectors/*/*";

    private Termination() {}

    /** Returns when the system has ended, holding no port any more, or with a warning when nothing ends it. */
    public static void of(ActorSystem<?> system) {
        system.terminate();
        try {
            if (!hasEnded(system)) {
                system.classicSystem().actorSelection(CONNECTIONS).tell(PoisonPill.getInstance(), ActorRef.noSender());
                if (!hasEnded(system)) {
                    LOG.warn("actors did not end within {} s", 2 * PATIENCE.toSeconds());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean hasEnded(ActorSystem<?> system) throws InterruptedException {
        try {
            system.getWhenTerminated().toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            LOG.warn("actors ended with an error: {}", String.valueOf(e.getMessage()));
            return true;
        }
    }
}
