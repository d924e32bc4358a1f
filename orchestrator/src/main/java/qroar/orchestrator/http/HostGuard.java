package qroar.orchestrator.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whom a browser may believe that it talks to. A page of anybody's can have its own name lead to this machine (DNS rebinding)
 * and then read what is served here as its own; its requests carry that name. Answered are those that carry an address,
 * {@code localhost}, this machine's name, or the name that the server was told to listen at: nobody else can have these.
 */
public final class HostGuard {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9A-Fa-f:.]{2,45}(%[\\w.-]+)?\\]");
    private static final Pattern PORT = Pattern.compile(":\\d{1,5}");

    private final Set<String> names;

    private HostGuard(Set<String> names) {
        this.names = names;
    }

    /** @param named what the server was told to listen at; empty for loopback */
    public static HostGuard of(String named) {
        Set<String> names = new TreeSet<>();
        names.add("localhost");
        if (!named.isEmpty()) {
            names.add(named.toLowerCase(Locale.ROOT));
            try {
                InetAddress here = InetAddress.getLocalHost();
                names.add(here.getHostName().toLowerCase(Locale.ROOT));
                names.add(here.getCanonicalHostName().toLowerCase(Locale.ROOT));
            } catch (UnknownHostException e) {
                // A machine without a name is reached by its address.
                return new HostGuard(names);
            }
        }
        return new HostGuard(names);
    }

    /** @param header the request's {@code Host}; null where it has none */
    public boolean admits(@Nullable String header) {
        if (header == null) {
            return false;
        }
        int colon = header.lastIndexOf(':');
        boolean hasPort = colon > header.lastIndexOf(']')
                && PORT.matcher(header.substring(colon)).matches();
        String host = hasPort ? header.substring(0, colon) : header;
        return IPV4.matcher(host).matches()
                || IPV6.matcher(host).matches()
                || names.contains(host.toLowerCase(Locale.ROOT));
    }
}
