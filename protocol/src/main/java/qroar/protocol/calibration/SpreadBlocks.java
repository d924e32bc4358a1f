package qroar.protocol.calibration;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import qroar.protocol.BadInput;

/**
 * Blocks from all documents, as many from each as from any other as far as it has them, and evenly over each.
 *
 * <p>A document that is shorter than a block is read together with the next ones until they fill one, and the last ones with
 * those before them; what follows takes such a text for one document. Blocks are given in rounds, one to each document that
 * has an unread block's tokens left; where a round cannot be given to all, those of evenly spread ranks get it. A document of
 * T tokens with k blocks is divided into k stretches of T/k tokens, and the block of each is its middle: blocks do not
 * overlap, and neither a title page nor a licence at the end is what a short choice consists of. They are read in turns: the
 * first of every document, then the second.
 *
 * <p>Where there are fewer blocks than asked for, all are taken; where there is none, one shorter block of all tokens.
 * Drawing by a seed, as other tools do, was rejected: a result should not depend on which generator a machine has, and even
 * spacing leaves no part of a text out by accident.
 */
final class SpreadBlocks {
    private final List<Integer> documentTokens;
    private final int lengthTokens;
    private final List<Text> texts;

    private SpreadBlocks(List<Integer> documentTokens, int lengthTokens) {
        this.documentTokens = documentTokens;
        this.lengthTokens = lengthTokens;
        texts = texts();
    }

    /** Documents that are read as one, from the one with that index. */
    private record Text(int first, long tokens) {}

    static CalibrationBlocks of(List<Integer> documentTokens, int sequences, int lengthTokens) {
        long available = documentTokens.stream().mapToLong(Integer::longValue).sum();
        if (available < 2) {
            throw new BadInput("calibration: the calibration documents have " + available
                    + " tokens; at least 2 are needed, and " + (long) sequences * lengthTokens + " are asked for");
        }
        return new SpreadBlocks(documentTokens, (int) Math.min(lengthTokens, available)).choose(sequences);
    }

    private List<Text> texts() {
        List<Text> found = new ArrayList<>();
        int first = 0;
        long tokens = 0;
        for (int document = 0; document < documentTokens.size(); document++) {
            tokens += documentTokens.get(document);
            if (tokens >= lengthTokens) {
                found.add(new Text(first, tokens));
                first = document + 1;
                tokens = 0;
            }
        }
        Text last = found.remove(found.size() - 1);
        found.add(new Text(last.first, last.tokens + tokens));
        return found;
    }

    private CalibrationBlocks choose(int sequences) {
        int[] counts = counts(sequences);
        List<Integer> open = IntStream.range(0, counts.length).boxed().collect(Collectors.toCollection(ArrayList::new));
        List<CalibrationBlocks.Block> blocks = new ArrayList<>();
        for (int turn = 0; !open.isEmpty(); turn++) {
            int done = turn;
            open.removeIf(text -> counts[text] <= done);
            for (int text : open) {
                Text of = texts.get(text);
                long start = start(of.tokens, turn, counts[text]);
                blocks.add(CalibrationBlocks.block(documentTokens, of.first, start, lengthTokens));
            }
        }
        return new CalibrationBlocks(blocks, lengthTokens);
    }

    /** Where the middle block of a stretch begins. */
    private long start(long tokens, long stretch, long stretches) {
        return ((2 * stretch + 1) * tokens - stretches * lengthTokens) / (2 * stretches);
    }

    private int[] counts(int sequences) {
        int[] counts = new int[texts.size()];
        List<Integer> open = IntStream.range(0, counts.length).boxed().collect(Collectors.toCollection(ArrayList::new));
        int left = sequences;
        while (left >= open.size() && !open.isEmpty()) {
            left -= open.size();
            open.forEach(text -> counts[text]++);
            open.removeIf(text -> counts[text] == texts.get(text).tokens / lengthTokens);
        }
        for (long rank = 0; rank < left && !open.isEmpty(); rank++) {
            counts[open.get((int) ((2 * rank + 1) * open.size() / (2L * left)))]++;
        }
        return counts;
    }
}
