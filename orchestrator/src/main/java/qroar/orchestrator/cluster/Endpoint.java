package qroar.orchestrator.cluster;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import qroar.protocol.BadInput;

/**
 * A place on the network.
 *
 * @param host name or address
 * @param port 0 where any will do
 */
public record Endpoint(String host, int port) {
    private static final int MAX_PORT = 65_535;

    /**
     * {@code HOST:PORT}, an IPv6 address in brackets.
     *
     * @param option names the option in the refusal
     */
    public static Endpoint parse(String option, String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 1 ? "" : text.substring(0, colon);
        String port = text.substring(colon + 1);
        boolean plain = !host.contains(":") || (host.startsWith("[") && host.endsWith("]"));
        if (host.isEmpty() || !plain || !port.matches("[0-9]{1,5}")) {
            throw new BadInput(option + " " + text + " must be HOST:PORT, for instance 127.0.0.1:2551");
        }
        int number = Integer.parseInt(port);
        if (number < 1 || number > MAX_PORT) {
            throw new BadInput(option + " " + text + ": the port must lie between 1 and " + MAX_PORT);
        }
        return new Endpoint(host, number);
    }

    /** @throws BadInput when the name is unknown, or stands for every interface at once */
    public InetAddress resolved(String option) {
        try {
            InetAddress address = InetAddress.getByName(host);
            if (address.isAnyLocalAddress()) {
                throw new BadInput(option + " " + this + ": name the one address by which others reach this machine");
            }
            return address;
        } catch (UnknownHostException e) {
            throw new BadInput(option + " " + this + ": host " + host + " is unknown here", e);
        }
    }

    /** The address of this machine that packets to there would leave from. */
    public String localAddressTowards(String option) {
        InetAddress there = resolved(option);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(there, port));
            return socket.getLocalAddress().getHostAddress();
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new BadInput(option + " " + this + " cannot be reached from here: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
