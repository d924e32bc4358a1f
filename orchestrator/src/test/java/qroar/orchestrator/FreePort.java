package qroar.orchestrator;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;

/**
 * Ports for processes that a test is about to start. A port that the system gives out is free again until such a process
 * binds it, seconds later, and others ask for ports all the time; so these come from below what Linux and macOS give out
 * by default.
 */
public final class FreePort {
    private static final int FIRST = 12_000;
    private static final int LAST = 32_000;
    private static final int TRIES = 1_000;
    private static final Random RANDOM = new Random();

    private FreePort() {}

    /** A port of the loopback interface at which nobody listens. */
    public static int next() throws IOException {
        IOException taken = new IOException("not tried");
        for (int i = 0; i < TRIES; i++) {
            int port = FIRST + RANDOM.nextInt(LAST - FIRST);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                taken = e;
            }
        }
        throw new IOException("no port between " + FIRST + " and " + LAST + " is free", taken);
    }
}
