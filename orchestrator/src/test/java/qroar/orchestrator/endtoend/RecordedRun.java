package qroar.orchestrator.endtoend;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A run directory of some version of the program, whose process was killed in mid-run: {@code run.json}, the resolved
 * {@code experiment.yaml} and the journal, compressed. Paths in it are fictional; {@link #restore} makes them this
 * machine's. All share one experiment and its documents. {@link RecordRun} makes another.
 */
record RecordedRun(Path source) {
    private static final String DEMO = "@demo@";
    private static final String HERE = "@here@";
    private static final String PACKED_JOURNAL = "journal.db.gz";
    private static final List<String> INPUTS = List.of("experiment.yaml", "search.txt", "held-out.txt");

    /** The folder of all of them, in the checkout's sources. */
    static Path home() {
        return SmallExperiment.demo()
                .resolve("../../../orchestrator/src/test/resources/recorded-runs")
                .normalize();
    }

    static List<RecordedRun> all() throws IOException {
        try (Stream<Path> entries = Files.list(home())) {
            return entries.filter(Files::isDirectory)
                    .sorted()
                    .map(RecordedRun::new)
                    .toList();
        }
    }

    /** Writes the experiment that they were begun with; its file. */
    static Path begin(Path folder) throws IOException {
        for (String input : INPUTS) {
            Files.writeString(
                    folder.resolve(input),
                    Files.readString(home().resolve(input)).replace(DEMO, demo()));
        }
        return folder.resolve(INPUTS.get(0));
    }

    private static String demo() {
        return SmallExperiment.demo().toString();
    }

    /** Keeps a stopped run of {@link #begin}'s experiment, without what tells of the machine but in its journal. */
    void keep(Path directory, Path journal, Path begunIn) throws IOException {
        Files.createDirectories(source);
        Files.copy(directory.resolve("run.json"), source.resolve("run.json"));
        String resolved = Files.readString(directory.resolve("experiment.yaml"))
                .replace(demo(), DEMO)
                .replace(begunIn.toString(), HERE);
        Files.writeString(source.resolve("experiment.yaml"), resolved);
        try (OutputStream packed =
                new GZIPOutputStream(new BufferedOutputStream(Files.newOutputStream(source.resolve(PACKED_JOURNAL))))) {
            Files.copy(journal, packed);
        }
    }

    /** Puts the run where {@code qroar resume} can take it up; its directory, the only one in {@code runs}. */
    Path restore(Path runs, Path inputs) throws IOException {
        Path directory = Files.createDirectories(runs.resolve("recorded"));
        Files.copy(source.resolve("run.json"), directory.resolve("run.json"));
        String resolved = Files.readString(source.resolve("experiment.yaml"))
                .replace(DEMO, demo())
                .replace(HERE, inputs.toString());
        Files.writeString(directory.resolve("experiment.yaml"), resolved);
        try (InputStream packed = new GZIPInputStream(Files.newInputStream(source.resolve(PACKED_JOURNAL)))) {
            Files.copy(packed, directory.resolve("journal.db"));
        }
        return directory;
    }

    String name() {
        return String.valueOf(source.getFileName());
    }

    @Override
    public String toString() {
        return name();
    }
}
