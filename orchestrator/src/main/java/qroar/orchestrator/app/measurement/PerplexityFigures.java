package qroar.orchestrator.app.measurement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.Output;
import qroar.workers.evaluation.Perplexity;
import qroar.workers.evaluation.Protocol;

/** Perplexities, and what was measured beside them, for people and machines. */
public final class PerplexityFigures {
    private PerplexityFigures() {}

    /** Keys of a JSON result. */
    public static Map<String, Object> json(DivergenceMeasurement.Result found) {
        PerplexityMeasurement.Result measured = found.measured();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "results",
                measured.perplexities().stream()
                        .map(perplexity -> {
                            Map<String, Object> row = row(perplexity);
                            row.putAll(EvidenceFigures.of(found, perplexity.length()));
                            return row;
                        })
                        .toList());
        json.put("protocol", measured.protocol().word());
        json.put("explanation", measured.protocol().explanation());
        return json;
    }

    private static Map<String, Object> row(Perplexity perplexity) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("protocol", perplexity.protocol().word());
        row.put("length", perplexity.length());
        row.put("stride", perplexity.stride());
        row.put("perplexity", perplexity.perplexity());
        row.put("meanNll", perplexity.meanNll());
        row.put("tokens", perplexity.tokens());
        if (perplexity.exactPerplexity() != null) {
            row.put("exactPerplexity", perplexity.exactPerplexity());
        }
        return row;
    }

    /** Tables. */
    public static List<String> lines(DivergenceMeasurement.Result found) {
        PerplexityMeasurement.Result measured = found.measured();
        List<Perplexity> perplexities = measured.perplexities();
        List<String> lines = new ArrayList<>();
        lines.add(measured.protocol().word() + ": " + measured.protocol().explanation());
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(Arrays.asList("length", "stride", "perplexity", "mean nll", "tokens"));
        if (perplexities.stream().anyMatch(perplexity -> perplexity.exactPerplexity() != null)) {
            head.add("every token alike");
        }
        rows.add(head);
        for (Perplexity perplexity : perplexities) {
            List<String> row = new ArrayList<>(List.of(
                    String.valueOf(perplexity.length()),
                    perplexity.stride() == null ? "-" : String.valueOf(perplexity.stride()),
                    Output.fixed(perplexity.perplexity(), 4),
                    Output.fixed(perplexity.meanNll(), 5),
                    String.valueOf(perplexity.tokens())));
            if (perplexity.exactPerplexity() != null) {
                row.add(Output.fixed(perplexity.exactPerplexity(), 4));
            }
            rows.add(row);
        }
        lines.addAll(Columns.of(rows));
        lines.addAll(EvidenceFigures.lines(found));
        return lines;
    }

    /** The protocols' words, for a help text. */
    public static String protocols() {
        return Protocol.words();
    }

    /** A line for each protocol, for a help text. */
    public static List<String> explanations() {
        return Arrays.stream(Protocol.values())
                .map(each -> Columns.pad(each.word(), 8) + each.explanation() + "."
                        + (each.isStrided() ? " Stride left out: " + each.strideLeftOut() + "." : ""))
                .toList();
    }
}
