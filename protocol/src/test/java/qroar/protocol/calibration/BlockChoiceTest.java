package qroar.protocol.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;

class BlockChoiceTest {
    private static final long SEED = Long.getLong("seed", 20261128);

    /** Where blocks begin, as {@code document:index}, those that run on with a second piece. */
    private static List<String> starts(CalibrationBlocks blocks) {
        return blocks.blocks().stream()
                .map(block -> String.join(
                        "+",
                        block.pieces().stream()
                                .map(piece -> piece.document() + ":" + piece.from())
                                .toList()))
                .toList();
    }

    private static List<String> spread(List<Integer> documents, int sequences, int length) {
        return starts(BlockChoice.SPREAD.of(documents, sequences, length));
    }

    @Test
    void oneBlockIsTheMiddleOfADocumentAndSeveralAreEvenlySpaced() {
        assertThat(spread(List.of(100), 1, 10)).containsExactly("0:45");
        assertThat(spread(List.of(100), 2, 10)).containsExactly("0:20", "0:70");
        assertThat(spread(List.of(100), 10, 10))
                .containsExactly("0:0", "0:10", "0:20", "0:30", "0:40", "0:50", "0:60", "0:70", "0:80", "0:90");
    }

    @Test
    void documentsAreReadInTurnsAndWhatIsLeftOverGoesToEvenlySpreadOnes() {
        assertThat(spread(List.of(100, 100, 100), 4, 10)).containsExactly("0:45", "1:20", "2:45", "1:70");
        assertThat(spread(List.of(100, 100, 100), 5, 10)).containsExactly("0:20", "1:45", "2:20", "0:70", "2:70");
        assertThat(spread(Collections.nCopies(10, 100), 2, 10))
                .as("fewer blocks than documents")
                .containsExactly("2:45", "7:45");
    }

    @Test
    void longDocumentsMakeUpForShortOnes() {
        assertThat(spread(List.of(12, 1000, 25), 9, 10))
                .containsExactly("0:1", "1:78", "2:1", "1:245", "2:13", "1:411", "1:578", "1:745", "1:911");
    }

    @Test
    void shortDocumentsAreReadTogetherWithTheNextAndTheLastWithThoseBeforeThem() {
        assertThat(spread(List.of(4, 4, 4, 30, 3), 2, 10)).containsExactly("0:1+1:0+2:0", "3:11");
        assertThat(spread(List.of(4, 0, 30), 3, 10)).containsExactly("0:0+2:0", "2:8", "2:19");
        assertThat(spread(List.of(20, 3, 3), 2, 13)).as("26 tokens").containsExactly("0:0", "0:13+1:0+2:0");
    }

    @Test
    void whatThereIsIsTaken() {
        CalibrationBlocks fewer = BlockChoice.SPREAD.of(List.of(25, 19), 16, 10);
        assertThat(starts(fewer)).containsExactly("0:1", "1:4", "0:13");
        assertThat(fewer.lengthTokens()).isEqualTo(10);
        CalibrationBlocks shorter = BlockChoice.SPREAD.of(List.of(3, 4), 16, 10);
        assertThat(starts(shorter)).containsExactly("0:0+1:0");
        assertThat(shorter.lengthTokens()).isEqualTo(7);
        assertThat(BlockChoice.SPREAD.of(List.of(5), Integer.MAX_VALUE, 2).count())
                .isEqualTo(2);
        assertThatThrownBy(() -> BlockChoice.SPREAD.of(List.of(0, 1), 16, 10))
                .isInstanceOf(BadInput.class)
                .hasMessage("calibration: the calibration documents have 1 tokens; at least 2 are needed, and 160 are"
                        + " asked for");
    }

    @Test
    void spreadBlocksAreThoseOfANaiveComputation() {
        Random random = new Random(SEED);
        for (int trial = 0; trial < 500; trial++) {
            List<Integer> documents = new ArrayList<>();
            int count = 1 + random.nextInt(12);
            for (int i = 0; i < count; i++) {
                documents.add(20 + random.nextInt(200));
            }
            int length = 2 + random.nextInt(18);
            int sequences = 1 + random.nextInt(60);
            CalibrationBlocks blocks = BlockChoice.SPREAD.of(documents, sequences, length);
            assertThat(starts(blocks))
                    .as("seed %d, trial %d: %s, %d x %d", SEED, trial, documents, sequences, length)
                    .isEqualTo(naive(documents, sequences, length));
            requireFair(documents, blocks);
        }
    }

    /** Whole rounds one block at a time, then ranks by division in decimals; then one turn after another. */
    private static List<String> naive(List<Integer> documents, int sequences, int length) {
        int[] counts = new int[documents.size()];
        int left = sequences;
        while (true) {
            List<Integer> open = IntStream.range(0, counts.length)
                    .filter(d -> (counts[d] + 1) * length <= documents.get(d))
                    .boxed()
                    .toList();
            if (open.isEmpty() || left == 0) {
                break;
            }
            if (left < open.size()) {
                for (int i = 0; i < left; i++) {
                    counts[open.get((int) Math.floor((i + 0.5) / left * open.size() + 1e-9))]++;
                }
                break;
            }
            open.forEach(d -> counts[d]++);
            left -= open.size();
        }
        List<String> starts = new ArrayList<>();
        for (int turn = 0; turn < Arrays.stream(counts).max().orElse(0); turn++) {
            for (int d = 0; d < counts.length; d++) {
                if (turn < counts[d]) {
                    double stretch = (double) documents.get(d) / counts[d];
                    starts.add(d + ":" + (int) Math.floor((turn + 0.5) * stretch - length / 2.0 + 1e-9));
                }
            }
        }
        return starts;
    }

    /** No document goes without a block that it has while another is given two more; no token is read twice. */
    private static void requireFair(List<Integer> documents, CalibrationBlocks blocks) {
        long[] read = blocks.tokensOf(documents.size());
        long most = Arrays.stream(read).max().orElseThrow() / blocks.lengthTokens();
        Set<String> seen = new HashSet<>();
        for (CalibrationBlocks.Block block : blocks.blocks()) {
            assertThat(block.pieces()).hasSize(1);
            CalibrationBlocks.Piece piece = block.pieces().get(0);
            for (int token = 0; token < piece.tokens(); token++) {
                assertThat(piece.from() + token).isBetween(0, documents.get(piece.document()) - 1);
                assertThat(seen.add(piece.document() + ":" + (piece.from() + token)))
                        .isTrue();
            }
        }
        for (int d = 0; d < read.length; d++) {
            long given = read[d] / blocks.lengthTokens();
            boolean hasMore = documents.get(d) / blocks.lengthTokens() > given;
            assertThat(hasMore && most > given + 1).as("document %d", d).isFalse();
        }
    }

    @Test
    void wordsAreReadAndOthersRefused() {
        for (BlockChoice choice : BlockChoice.values()) {
            assertThat(BlockChoice.ofWord(choice.word())).isEqualTo(choice);
        }
        assertThatThrownBy(() -> BlockChoice.ofWord("random"))
                .isInstanceOf(BadInput.class)
                .hasMessage("calibration blocks 'random' are unknown; use spread or consecutive");
    }
}
