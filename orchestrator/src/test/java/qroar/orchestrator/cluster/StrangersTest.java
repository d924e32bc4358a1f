package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Who has no certificate, and who has one and sends what nobody should: refused, told of in a line, and no run is harmed. */
@Timeout(900)
class StrangersTest {
    private static final Duration LONG = Duration.ofSeconds(300);
    private static final String WIRE = "qroar-wire/2";
    /** Of each line in the coordinator's log, what tells it from the others. */
    private static final List<String> REFUSALS = List.of(
            "a stranger: Unrecognized SSL message",
            "a stranger: Empty client certificate chain",
            "a stranger: PKIX path building failed",
            "CN=qroar-node: a frame of 2147483647 bytes; at most 4456448 are possible",
            "serializer id [77114] and manifest [qroar-wire/2]",
            "serializer id [77114] and manifest [qroar-wire/0]",
            "attempted to use Java Serialization even though",
            "serializer id [1] and manifest []");

    /** Of lines about something else: the machine's card, and the end of the connection to the peer that left or was sent away. */
    private static final List<String> ELSEWHERE = List.of(
            "CudaUtils",
            "ClusterHeartbeat",
            "OutboundStreamStopQuarantinedSignal",
            "Materializer - [outbound connection to ");

    @TempDir
    private Path folder = Path.of("");

    /** Goes as it is, in the name of the protocol's serializer. */
    record Forged(String manifest, byte[] bytes) {}

    /** Goes by Java serialization. */
    record Pickled(String text) implements Serializable {}

    /** Claims to be the serializer of the protocol. */
    static final class Forger extends SerializerWithStringManifest {
        private static final int PROTOCOL = 77_114;

        @Override
        public int identifier() {
            return PROTOCOL;
        }

        @Override
        public String manifest(Object message) {
            return ((Forged) message).manifest();
        }

        @Override
        public byte[] toBinary(Object message) {
            return ((Forged) message).bytes();
        }

        @Override
        public Object fromBinary(byte[] bytes, String manifest) {
            return new Forged(manifest, bytes);
        }
    }

    /** A frame of the protocol in which an object of a class with this number follows. */
    private static Forged unregistered(int classNumber) {
        byte[] body = {(byte) (classNumber | 0x80), (byte) (classNumber >>> 7), 1, 2, 3};
        CRC32C sum = new CRC32C();
        sum.update(body);
        return new Forged(
                WIRE,
                ByteBuffer.allocate(4 + body.length)
                        .putInt((int) sum.getValue())
                        .put(body)
                        .array());
    }

    @Test
    void strangersAreRefusedAndToldOfOnce() throws Exception {
        String file = DemoRun.LASTING.file(folder);
        Path runs = folder.resolve("runs");
        int port = Fleet.freePort();
        String place = "127.0.0.1:" + port;
        try (Fleet fleet = new Fleet(folder)) {
            Fleet.Member coordinator = fleet.start("coordinator", file, "--listen", place, "--runs", runs.toString());
            coordinator.await("listening on " + place);
            RunDirectory run = RunDirectory.list(runs).get(0);
            Certificates own = Certificates.in(run.path().resolve("tls"));

            Strangers.plain("127.0.0.1", port, Strangers.HUGE_FRAME);
            assertThat(Strangers.answers("127.0.0.1", port, null)).isFalse();
            Certificates foreign = CertificateAuthority.create().issue(folder.resolve("foreign"));
            assertThat(Strangers.answers("127.0.0.1", port, Strangers.keys(foreign)))
                    .isFalse();
            assertThat(Strangers.answers("127.0.0.1", port, Strangers.keys(own)))
                    .as("a frame of 2 GiB is waited for")
                    .isFalse();
            ActorSystem insider = insider(own, place);
            try {
                sendForgeries(insider, place);
                Fleet.until(LONG, "line for each", () -> warnings(run).size() >= REFUSALS.size());
            } finally {
                insider.terminate();
            }

            Fleet.Member worker =
                    fleet.start("worker", "--join", place, "--runs", runs.toString(), "--experiment", file);
            Fleet.until(LONG, "window", () -> Fleet.tally(runs).windows() > 0);
            assertThat(worker.process().isAlive()).isTrue();
            assertThat(coordinator.process().isAlive()).isTrue();
            List<String> told = warnings(run);
            assertThat(told).hasSameSizeAs(REFUSALS);
            for (String refusal : REFUSALS) {
                assertThat(told)
                        .filteredOn(line -> line.contains(refusal))
                        .as(refusal)
                        .hasSize(1);
            }
        }
    }

    private static void sendForgeries(ActorSystem insider, String place) {
        ActorRef guardian =
                ((ExtendedActorSystem) insider).provider().resolveActorRef("pekko://qroar@" + place + "/user");
        guardian.tell(unregistered(9_999), ActorRef.noSender());
        guardian.tell(new Forged("qroar-wire/0", new byte[64]), ActorRef.noSender());
        guardian.tell(new Pickled("hello"), ActorRef.noSender());
    }

    private static List<String> warnings(RunDirectory run) {
        try {
            return Files.readAllLines(run.log()).stream()
                    .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                    .filter(line -> ELSEWHERE.stream().noneMatch(line::contains))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A peer that has a certificate. */
    private static ActorSystem insider(Certificates own, String place) {
        Config config = ConfigFactory.parseMap(Map.of(
                        "pekko.cluster.seed-nodes",
                        List.of(),
                        "pekko.actor.allow-java-serialization",
                        true,
                        "pekko.actor.warn-about-java-serializer-usage",
                        false,
                        "pekko.actor.serializers.qroar-wire",
                        Forger.class.getName(),
                        "pekko.actor.serialization-bindings",
                        Map.of(
                                '"' + Forged.class.getName() + '"',
                                "qroar-wire",
                                '"' + Pickled.class.getName() + '"',
                                "java")))
                .withFallback(ClusterConfig.worker(new Endpoint("127.0.0.1", 0), Endpoint.parse("--join", place), own))
                .withFallback(ConfigFactory.load());
        return ActorSystem.create("qroar", config);
    }
}
