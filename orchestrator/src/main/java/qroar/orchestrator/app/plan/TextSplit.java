package qroar.orchestrator.app.plan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.DocumentSource;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.protocol.BadInput;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.calibration.CalibrationBlocks;
import qroar.protocol.input.InputFile;
import qroar.workers.checkpoint.Checkpoint;

/**
 * A folder of texts as the documents of an experiment, by a rule that gives the same for the same folder. The longest length
 * is the largest of 4, 2, 1, 1/2, ... times the trained window that a quarter of the documents reach, at least two; lengths
 * are that, half and a quarter of it. In the order of their names, documents that reach it are search and held-out in turns,
 * then the others in turns; what is shorter than the shortest length, or says what an earlier one says, is left out.
 *
 * @param lengths in tokens, rising
 * @param leftOut names of documents that are of no use
 * @param unread how many files there are beyond those that are looked at
 */
record TextSplit(List<Integer> lengths, List<Text> search, List<Text> heldOut, List<String> leftOut, int unread) {
    static final int MAX_FILES = 40;
    private static final int SHORTEST = 16;
    private static final String NAMES = ".*\\.(txt|text|md)(\\.gz|\\.zst)?";

    TextSplit {
        lengths = List.copyOf(lengths);
        search = List.copyOf(search);
        heldOut = List.copyOf(heldOut);
        leftOut = List.copyOf(leftOut);
    }

    /** A document and its tokens. */
    record Text(Path file, int tokens) {}

    /**
     * Reads and tokenizes.
     *
     * @param wanted the longest length; null for what the documents reach
     * @throws BadInput where the texts are too few or too short
     */
    static TextSplit of(Path folder, Checkpoint checkpoint, int window, @Nullable Integer wanted) {
        List<Path> files = files(folder);
        List<String> leftOut = new ArrayList<>();
        List<Text> texts = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        try (DocumentReader reader = new DocumentReader(checkpoint)) {
            for (Path file : files.subList(0, Math.min(MAX_FILES, files.size()))) {
                reader.read(List.of(new DocumentSource.TextFile(file))).forEach(document -> {
                    if (seen.add(document.ref().digest())) {
                        texts.add(new Text(file, document.ref().tokens()));
                    } else {
                        leftOut.add(file.getFileName() + " (says what an earlier one says)");
                    }
                });
            }
        }
        int longest = wanted == null ? reached(folder, texts, window) : wanted;
        List<Integer> lengths = Stream.of(longest / 4, longest / 2, longest)
                .filter(length -> length >= 2)
                .distinct()
                .toList();
        List<Text> reaching =
                texts.stream().filter(text -> text.tokens >= longest).toList();
        if (reaching.size() < 2) {
            throw new BadInput(folder + ": " + reaching.size() + " of its texts reach " + longest
                    + " tokens; one to search on and one to hold out are needed, and the longest has "
                    + texts.stream().mapToInt(Text::tokens).max().orElse(0));
        }
        List<Text> others = texts.stream()
                .filter(text -> text.tokens < longest && text.tokens >= lengths.get(0))
                .toList();
        texts.stream()
                .filter(text -> text.tokens < lengths.get(0))
                .forEach(text -> leftOut.add(text.file.getFileName() + " (" + text.tokens + " tokens)"));
        List<Text> search = new ArrayList<>();
        List<Text> heldOut = new ArrayList<>();
        Stream.of(reaching, others).flatMap(List::stream).forEach(text -> {
            (search.size() > heldOut.size() ? heldOut : search).add(text);
        });
        return new TextSplit(lengths, search, heldOut, leftOut, Math.max(0, files.size() - MAX_FILES));
    }

    private static int reached(Path folder, List<Text> texts, int window) {
        int needed = Math.max(2, texts.size() / 4);
        for (long length = 4L * window; length >= SHORTEST; length /= 2) {
            long least = length;
            if (texts.stream().filter(text -> text.tokens >= least).count() >= needed) {
                return (int) length;
            }
        }
        throw new BadInput(
                folder + ": its " + texts.size() + " texts that differ are too few or too short; at least two" + " of "
                        + SHORTEST + " tokens are needed, one to search on and one to hold out");
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new BadInput(folder + ": " + (Files.exists(folder) ? "is no folder" : "there is no such folder")
                    + "; name the folder with the texts, one document per file");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(Files::isRegularFile)
                    .filter(file -> String.valueOf(file.getFileName()).matches(NAMES))
                    .map(file -> file.toAbsolutePath().normalize())
                    .sorted()
                    .toList();
            if (files.size() < 2) {
                throw new BadInput(
                        folder + ": holds " + files.size() + " texts (.txt, .text, .md, also .gz and .zst); at"
                                + " least two are needed, one to search on and one to hold out");
            }
            return files;
        } catch (IOException e) {
            throw InputFile.unreadable(folder, e);
        }
    }

    /** How many of so many blocks quantizers can calibrate on; 0 where all search documents together are shorter than one. */
    int calibrationBlocks(int sequences, int length) {
        List<Integer> tokens = search.stream().map(Text::tokens).toList();
        CalibrationBlocks blocks = BlockChoice.SPREAD.of(tokens, sequences, length);
        return blocks.lengthTokens() < length ? 0 : blocks.count();
    }
}
