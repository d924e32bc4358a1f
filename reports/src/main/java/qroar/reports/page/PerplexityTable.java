package qroar.reports.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import qroar.reports.best.Best;
import qroar.reports.model.LengthRow;
import qroar.reports.model.StudyReport;

/**
 * Held-out perplexity of every quantizer under every RoPE scaling of a sweep, at every length.
 *
 * @param lengths in tokens, rising
 * @param trainedWindow the length of training among them; 0 when it is not
 * @param rows the unquantized model first, then the quantizers, for one RoPE scaling after the other
 */
public record PerplexityTable(List<Integer> lengths, int trainedWindow, List<Row> rows) {
    private static final String UNQUANTIZED = "none";

    public PerplexityTable {
        lengths = List.copyOf(lengths);
        rows = List.copyOf(rows);
    }

    /**
     * One model.
     *
     * @param scaledBy the study whose scales the second figures of the cells carry: of those with this scaling and
     *     quantizer the best one; null where no scales are worth using
     * @param cells one per length
     */
    public record Row(
            String rope, String quantizer, @Nullable String scaledBy, List<Cell> cells) {
        public Row {
            cells = List.copyOf(cells);
        }
    }

    /** Perplexities; null while, or because, they are not measured. */
    public record Cell(@Nullable Double plain, @Nullable Double scaled) {}

    /** Null unless quantizer or RoPE scaling differ between studies. */
    static @Nullable PerplexityTable of(List<StudyReport> studies) {
        Map<String, Map<String, List<StudyReport>>> models = new LinkedHashMap<>();
        TreeSet<Integer> lengths = new TreeSet<>();
        int trainedWindow = 0;
        for (StudyReport study : studies) {
            models.computeIfAbsent(study.settings().rope(), rope -> new LinkedHashMap<>())
                    .computeIfAbsent(study.settings().quantizer(), quantizer -> new ArrayList<>())
                    .add(study);
            for (LengthRow row : study.lengths()) {
                lengths.add(row.lengthTokens());
                trainedWindow = row.trainedWindow() ? row.lengthTokens() : trainedWindow;
            }
        }
        boolean one = models.size() < 2 && models.values().stream().allMatch(quantizers -> quantizers.size() < 2);
        if (one || lengths.isEmpty()) {
            return null;
        }
        List<Row> rows = new ArrayList<>();
        models.forEach((rope, quantizers) -> {
            List<StudyReport> all =
                    quantizers.values().stream().flatMap(List::stream).toList();
            // Its scales are other models' and only a control, unless the sweep searched it itself.
            List<StudyReport> own = quantizers.getOrDefault(UNQUANTIZED, List.of());
            rows.add(row(rope, UNQUANTIZED, all, LengthRow::unquantized, own, lengths));
            quantizers.forEach((quantizer, those) -> {
                if (!quantizer.equals(UNQUANTIZED)) {
                    rows.add(row(rope, quantizer, those, LengthRow::baseline, those, lengths));
                }
            });
        });
        return new PerplexityTable(List.copyOf(lengths), trainedWindow, rows);
    }

    private static Row row(
            String rope,
            String quantizer,
            List<StudyReport> studies,
            Function<LengthRow, @Nullable Double> plain,
            List<StudyReport> searched,
            TreeSet<Integer> lengths) {
        Best found = Best.of(searched.stream().filter(PerplexityTable::isScaled).toList());
        StudyReport best = found == null || !found.isScaled() ? null : found.study();
        List<Cell> cells = new ArrayList<>();
        for (int length : lengths) {
            cells.add(new Cell(
                    first(studies, length, plain),
                    best == null ? null : first(List.of(best), length, LengthRow::tuned)));
        }
        return new Row(rope, quantizer, best == null ? null : best.id(), cells);
    }

    private static boolean isScaled(StudyReport study) {
        return study.lengths().stream().anyMatch(row -> row.tuned() != null);
    }

    /** Studies of one model share its figures: whichever has them. */
    private static @Nullable Double first(
            List<StudyReport> studies, int length, Function<LengthRow, @Nullable Double> figure) {
        Predicate<LengthRow> wanted = row -> row.lengthTokens() == length && figure.apply(row) != null;
        for (StudyReport study : studies) {
            for (LengthRow row : study.lengths()) {
                if (wanted.test(row)) {
                    return figure.apply(row);
                }
            }
        }
        return null;
    }

    /** Whether any model carries scales. */
    public boolean hasScaled() {
        return rows.stream().anyMatch(row -> row.scaledBy() != null);
    }
}
