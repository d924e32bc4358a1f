package qroar.orchestrator.journal;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import qroar.orchestrator.journal.LedgerEvents.Counted;
import qroar.orchestrator.journal.LedgerEvents.Sum;

/**
 * Measures what the embedded journal sustains; not a test. Arguments: a folder on the disk in question, and the number
 * of events of the recovery (100000 when absent).
 */
final class JournalProbe {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int BATCH = 32;

    private JournalProbe() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory(Path.of(args[0]), "journal-probe");
        int events = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
        rates(folder.resolve("rates.db"));
        for (int snapshotEvery : List.of(0, 1000)) {
            Path file = folder.resolve("recovery-" + snapshotEvery + ".db");
            run(file, snapshotEvery, system -> append(system, events, 400, n -> new Counted(n, "window of a trial")));
            System.gc();
            run(
                    file,
                    snapshotEvery,
                    system -> System.out.printf("file %.1f MB%n", file.toFile().length() / 1e6));
            run(file, snapshotEvery, system -> {});
        }
    }

    private static void rates(Path file) {
        double[] windows = new double[BATCH];
        run(file, 0, system -> {
            append(system, 4_000, 400, n -> new Counted(n, "warm-up"));
            for (int batch : new int[] {1, BATCH, 400}) {
                int count = batch == 1 ? 1_000 : 20_000;
                long start = System.nanoTime();
                append(system, count, batch, n -> new Counted(n, "window of a trial"));
                report("events of 40 bytes in batches of " + batch, count, start);
            }
            long start = System.nanoTime();
            append(system, 1_000, 1, n -> new LedgerEvents.Measured(n, windows, 1.0));
            report("events of " + BATCH + " window losses, one by one", 1_000, start);
        });
    }

    private static void report(String what, long count, long startNanos) {
        System.out.printf("%s: %.0f/s%n", what, count / ((System.nanoTime() - startNanos) / 1e9));
    }

    private interface Work {
        void on(ActorSystem<Ledger.Command> system);
    }

    private static void run(Path file, int snapshotEvery, Work work) {
        long start = System.nanoTime();
        ActorSystem<Ledger.Command> system = ActorSystem.create(
                Ledger.create(snapshotEvery),
                "probe",
                JournalConfig.embedded(file, LedgerEvents.Source.class).withFallback(ConfigFactory.load()));
        Sum sum = AskPattern.<Ledger.Command, Sum>ask(system, Ledger.Read::new, PATIENCE, system.scheduler())
                .toCompletableFuture()
                .join();
        System.out.printf(
                "recovered %d events, a snapshot every %d (0: none): %.2f s from opening the file%n",
                sum.count(), snapshotEvery, (System.nanoTime() - start) / 1e9);
        work.on(system);
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
    }

    private static void append(
            ActorSystem<Ledger.Command> system, int count, int batch, LongFunction<LedgerEvents.Ledger> event) {
        for (int done = 0; done < count; done += batch) {
            List<LedgerEvents.Ledger> events =
                    LongStream.range(done, done + batch).mapToObj(event).toList();
            AskPattern.<Ledger.Command, Done>ask(
                            system, replyTo -> new Ledger.Append(events, replyTo), PATIENCE, system.scheduler())
                    .toCompletableFuture()
                    .join();
        }
    }
}
