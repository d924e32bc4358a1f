package qroar.orchestrator.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.journal.LedgerEvents.Counted;
import qroar.orchestrator.journal.LedgerEvents.Sum;

/** kill -9 at a random moment, again and again on one journal: what was acknowledged is there, in order, once. */
class KilledWriterTest {
    private static final int KILLS = 3;

    @TempDir
    Path folder;

    /** Appends numbers in batches of one to four, and prints the last number of each batch that was acknowledged. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) {
            Path run = Path.of(args[0]);
            RunLock lock = RunLock.acquire(run.resolve("run.lock"));
            ActorSystem<Ledger.Command> system = ActorSystem.create(
                    Ledger.create(25),
                    "writer",
                    JournalConfig.embedded(run.resolve("journal.db"), LedgerEvents.Source.class)
                            .withFallback(ConfigFactory.load()));
            Duration patience = Duration.ofSeconds(300);
            Sum sum = AskPattern.<Ledger.Command, Sum>ask(system, Ledger.Read::new, patience, system.scheduler())
                    .toCompletableFuture()
                    .join();
            System.out.println("recovered " + sum.count() + " " + sum.total());
            for (long next = sum.count() + 1; lock.holder().pid() > 0; ) {
                List<LedgerEvents.Ledger> batch = new ArrayList<>();
                for (long i = 0; i <= next % 4; i++) {
                    batch.add(new Counted(next + i, "batch of " + next));
                }
                AskPattern.<Ledger.Command, Done>ask(
                                system, replyTo -> new Ledger.Append(batch, replyTo), patience, system.scheduler())
                        .toCompletableFuture()
                        .join();
                next += batch.size();
                System.out.println("acknowledged " + (next - 1));
            }
        }
    }

    @Test
    void noAcknowledgedEventIsLost() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        long acknowledged = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            acknowledged = Math.max(acknowledged, acknowledgedBeforeKill(1 + random.nextInt(60), acknowledged, seed));
            requireAll(acknowledged, seed);
        }
        assertThat(acknowledged).isGreaterThanOrEqualTo(KILLS);
    }

    private long acknowledgedBeforeKill(int lines, long before, long seed) throws IOException, InterruptedException {
        Process writer = ChildJvm.start(Writer.class, folder.toString());
        long last = before;
        try (BufferedReader out = writer.inputReader()) {
            String[] recovered = String.valueOf(out.readLine()).split(" ");
            assertThat(recovered[0]).as("seed %d", seed).isEqualTo("recovered");
            long count = Long.parseLong(recovered[1]);
            assertThat(count).as("seed %d", seed).isGreaterThanOrEqualTo(before);
            assertThat(Long.parseLong(recovered[2])).as("seed %d", seed).isEqualTo(count * (count + 1) / 2);
            String line = "";
            for (int i = 0; i < lines && line != null; i++) {
                line = out.readLine();
                last = line == null ? last : Long.parseLong(line.substring("acknowledged ".length()));
            }
            writer.toHandle().destroyForcibly(); // unlike the process, its handle leaves the pipe open
            for (line = out.readLine(); line != null && line.matches("acknowledged [0-9]+"); line = out.readLine()) {
                last = Math.max(last, Long.parseLong(line.substring("acknowledged ".length())));
            }
            assertThat(writer.waitFor()).as("killed, seed %d", seed).isNotZero();
        }
        return last;
    }

    private void requireAll(long acknowledged, long seed) {
        try (JournalReader reader = JournalReader.open(folder.resolve("journal.db"), LedgerEvents.CATALOG)) {
            JournalReader.RecordedState state = reader.latestState("ledger");
            List<JournalReader.RecordedEvent> events = reader.events("ledger", 0);
            assertThat((long) events.size()).as("seed %d", seed).isGreaterThanOrEqualTo(acknowledged);
            for (int i = 0; i < events.size(); i++) {
                assertThat(events.get(i).sequenceNumber()).isEqualTo(i + 1);
                assertThat(((Counted) events.get(i).event()).number())
                        .as("seed %d", seed)
                        .isEqualTo(i + 1);
            }
            if (state != null) {
                assertThat(state.sequenceNumber()).isLessThanOrEqualTo(events.size());
            }
        }
    }
}
