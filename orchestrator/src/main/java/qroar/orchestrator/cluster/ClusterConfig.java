package qroar.orchestrator.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;

/** Configuration that makes an actor system a member of a run's cluster; to be put in front of the rest. */
public final class ClusterConfig {
    private static final String TLS = "pekko.remote.artery.ssl.rotating-keys-engine.";
    /** The role that decides which side of a split survives. */
    static final String COORDINATOR_ROLE = "coordinator";

    private ClusterConfig() {}

    /** The process that everybody joins. */
    public static Config coordinator(Endpoint listen, Certificates certificates) {
        return member(listen, listen, COORDINATOR_ROLE, certificates);
    }

    /**
     * A process that joins.
     *
     * @param self where the coordinator can reach it; port 0 takes any
     */
    public static Config worker(Endpoint self, Endpoint coordinator, Certificates certificates) {
        return member(self, coordinator, "worker", certificates);
    }

    private static Config member(Endpoint self, Endpoint seed, String role, Certificates certificates) {
        Map<String, Object> own = Map.of(
                "pekko.remote.artery.canonical.hostname",
                self.host(),
                "pekko.remote.artery.canonical.port",
                self.port(),
                "pekko.cluster.seed-nodes",
                List.of("pekko://qroar@" + seed),
                "pekko.cluster.roles",
                List.of(role),
                TLS + "key-file",
                certificates.key().toString(),
                TLS + "cert-file",
                certificates.node().toString(),
                TLS + "ca-cert-file",
                certificates.authority().toString());
        return ConfigFactory.systemProperties()
                .withFallback(ConfigFactory.parseMap(own))
                .withFallback(ConfigFactory.parseResources(ClusterConfig.class, "cluster.conf"));
    }
}
