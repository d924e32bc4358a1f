package qroar.orchestrator.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A stretch of network: carries bytes between a port and another, until it is cut. Then nothing gets through, not even the
 * end of a connection, and what was under way arrives when it is healed, as after a broken cable.
 */
final class LocalProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final ServerSocket server;
    private final int target;
    private final List<Socket> sockets = new ArrayList<>();
    private Predicate<InetAddress> severed = nobody -> false;
    private boolean closed;

    private LocalProxy(ServerSocket server, int target) {
        this.server = server;
        this.target = target;
    }

    /** Listens on one loopback port for another. */
    static LocalProxy between(int port, int target) throws IOException {
        LocalProxy proxy = new LocalProxy(new ServerSocket(), target);
        proxy.server.setReuseAddress(true);
        proxy.server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        daemon(proxy::accept);
        return proxy;
    }

    void cut() {
        cut(everybody -> true);
    }

    /** Cuts off whoever connected from such an address. */
    synchronized void cut(Predicate<InetAddress> from) {
        severed = from;
    }

    synchronized void heal() {
        severed = nobody -> false;
        notifyAll();
    }

    private synchronized void awaitWhole(InetAddress client) throws InterruptedException, IOException {
        while (severed.test(client) && !closed) {
            wait();
        }
        if (closed) {
            throw new IOException("closed");
        }
    }

    private void accept() throws IOException, InterruptedException {
        while (true) {
            Socket near = server.accept();
            daemon(() -> connect(near));
        }
    }

    private void connect(Socket near) throws IOException, InterruptedException {
        InetAddress client = near.getInetAddress();
        keep(near);
        awaitWhole(client);
        Socket far;
        try {
            far = new Socket(InetAddress.getLoopbackAddress(), target);
        } catch (IOException nobodyThere) {
            near.close();
            return;
        }
        keep(far);
        daemon(() -> pump(far, near, client));
        pump(near, far, client);
    }

    private synchronized void keep(Socket socket) throws IOException {
        sockets.removeIf(Socket::isClosed);
        sockets.add(socket);
        if (closed) {
            socket.close();
        }
    }

    private void pump(Socket from, Socket to, InetAddress client) throws IOException, InterruptedException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int read = in.read(buffer);
            while (read >= 0) {
                awaitWhole(client);
                out.write(buffer, 0, read);
                read = in.read(buffer);
            }
            awaitWhole(client);
        }
    }

    /** Runs until a connection ends in whatever way: that is how they all end. */
    private static void daemon(Carrying work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException over) {
                // The connection is over.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private interface Carrying {
        void run() throws IOException, InterruptedException;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        notifyAll();
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
