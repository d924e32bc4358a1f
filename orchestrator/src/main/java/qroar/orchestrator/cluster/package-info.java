/**
 * A run over several processes. {@link qroar.orchestrator.cluster.ClusterConfig} turns an actor system into a member of a
 * Pekko cluster that speaks mutual TLS and nothing else; {@link qroar.orchestrator.cluster.Certificates} are a private
 * authority's, made by {@link qroar.orchestrator.cluster.CertificateAuthority}; {@link
 * qroar.orchestrator.cluster.GuardingSslEngineProvider} stands at the door. A process that lives alone never comes
 * here: it opens no port.
 *
 * <p>There is one coordinator and it is always right: whoever loses sight of it leaves the cluster and joins again. So a
 * worker's process outlives its actor system, and with it loaded models outlive the network.
 */
@NullMarked
package qroar.orchestrator.cluster;

import org.jspecify.annotations.NullMarked;
