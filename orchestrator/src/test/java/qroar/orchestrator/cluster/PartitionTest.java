package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.endtoend.Outcome;

/** The network is cut and healed, once for one worker and once for all; nobody is told. */
@Timeout(1800)
class PartitionTest {
    private static final String GONE = "is gone; waiting for it";
    private static final Duration LONG = Duration.ofSeconds(600);

    /** Another address of this machine, by which the proxy tells one worker from the other. */
    private static final InetAddress FAR = address();

    @TempDir
    private Path folder = Path.of("");

    /** Where only one loopback address can be used, the first cut is felt by both workers. */
    private static InetAddress address() {
        byte[] second = {127, 0, 0, 2};
        try (ServerSocket usable = new ServerSocket(0, 1, InetAddress.getByAddress(second))) {
            return usable.getInetAddress();
        } catch (IOException e) {
            return InetAddress.getLoopbackAddress();
        }
    }

    private static List<String> boundTo(int port) {
        return List.of("-Dpekko.remote.artery.bind.hostname=127.0.0.1", "-Dpekko.remote.artery.bind.port=" + port);
    }

    @Test
    void cutAndHealedRunEndsWithTheNumbersOfOneLeftAlone() throws Exception {
        String file = DemoRun.BRIEF.file(folder);
        Path runs = folder.resolve("runs");
        int front = Fleet.freePort();
        int back = Fleet.freePort();
        int workerFront = Fleet.freePort();
        int workerBack = Fleet.freePort();
        String place = "127.0.0.1:" + front;
        try (Fleet fleet = new Fleet(folder);
                LocalProxy toCoordinator = LocalProxy.between(front, back);
                LocalProxy toWorker = LocalProxy.between(workerFront, workerBack)) {
            Fleet.Member coordinator = fleet.start(
                    qroar.orchestrator.cli.Main.class,
                    "coordinator",
                    boundTo(back),
                    List.of("coordinator", file, "--listen", place, "--runs", runs.toString()));
            coordinator.await("listening on " + place);
            Fleet.Member steady = fleet.faulty(place, runs, file, List.of(), "slow@*#0=1000");
            List<String> options = new ArrayList<>(boundTo(workerBack));
            options.add("-Dport=" + workerFront);
            options.add("-Dpekko.remote.artery.advanced.tcp.outbound-client-hostname=" + FAR.getHostAddress());
            Fleet.Member remote = fleet.faulty(place, runs, file, options, "slow@*#0=1000");
            Fleet.until(
                    LONG, "lease", () -> Fleet.leaseOf(remote, runs) != null && Fleet.leaseOf(steady, runs) != null);

            long cutAt = System.currentTimeMillis();
            toWorker.cut();
            toCoordinator.cut(FAR::equals);
            long oneAfter = Fleet.givenUpAfter(remote, cutAt, runs);
            Fleet.until(LONG, "worker that knows", () -> remote.times(GONE) == 1);
            toCoordinator.heal();
            toWorker.heal();
            Fleet.until(LONG, "worker that is back", () -> remote.times("joined " + place) == 2);
            Fleet.until(LONG, "work for it", () -> Fleet.leaseOf(remote, runs) != null);

            int before = steady.times(GONE);
            cutAt = System.currentTimeMillis();
            toCoordinator.cut();
            toWorker.cut();
            long allAfter = Fleet.givenUpAfter(steady, cutAt, runs);
            Fleet.until(LONG, "workers that know", () -> steady.times(GONE) > before && remote.times(GONE) == 2);
            toCoordinator.heal();
            toWorker.heal();
            fleet.release();
            assertThat(coordinator.ended()).as(coordinator.said()).isZero();
            assertThat(steady.ended()).as(steady.said()).isZero();
            assertThat(remote.ended()).as(remote.said()).isZero();
            System.out.println("network cut: one worker's attempt was given up after " + oneAfter
                    + " ms, everybody's after " + allAfter + " ms");
        }
        assertThat(Outcome.in(runs).numbers()).isEqualTo(DemoRun.BRIEF.numbers());
        assertThat(Fleet.tally(runs).failed()).isZero();
        assertThat(Fleet.tally(runs).starts()).isEqualTo(1);
    }
}
