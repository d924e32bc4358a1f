package qroar.orchestrator.app.measurement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.Output;
import qroar.workers.divergence.DivergenceStatistics;
import qroar.workers.divergence.DivergenceStatistics.Mean;
import qroar.workers.evaluation.KeyTokens;

/** Divergence and LongPPL as JSON and as tables. */
final class EvidenceFigures {
    private EvidenceFigures() {}

    /** Keys of a length's row; none where nothing was asked for. */
    static Map<String, Object> of(DivergenceMeasurement.Result found, int length) {
        Map<String, Object> keys = new LinkedHashMap<>();
        DivergenceStatistics divergence = found.divergence().get(length);
        if (divergence != null) {
            keys.put("divergence", figures(divergence));
        }
        DivergenceStatistics floor = found.noiseFloor().get(length);
        if (floor != null) {
            keys.put("noiseFloor", figures(floor));
        }
        KeyTokens.Figure figure = found.longPerplexity().get(length);
        if (figure != null) {
            keys.put("longPpl", figure.perplexity());
            keys.put("longPplTokens", figure.tokens());
        }
        return keys;
    }

    private static Map<String, Object> figures(DivergenceStatistics statistics) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("tokens", statistics.tokens());
        figures.put("meanKld", statistics.kl().value());
        figures.put("meanKldError", known(statistics.kl()));
        DivergenceStatistics.Percentiles percentiles = statistics.percentiles();
        figures.put("medianKld", percentiles.median());
        figures.put("kld90", percentiles.p90());
        figures.put("kld95", percentiles.p95());
        figures.put("kld99", percentiles.p99());
        figures.put("kld999", percentiles.p999());
        figures.put("maxKld", percentiles.maximum());
        figures.put("sameTop", statistics.sameTop().value());
        figures.put("sameTopError", known(statistics.sameTop()));
        figures.put("meanDeltaP", statistics.deltaP().value());
        figures.put("rmsDeltaP", statistics.rmsDeltaP());
        figures.put("logPplRatio", statistics.logRatio().value());
        figures.put("logPplRatioError", known(statistics.logRatio()));
        return figures;
    }

    private static @Nullable Double known(Mean mean) {
        return Double.isFinite(mean.standardError()) ? mean.standardError() : null;
    }

    /** Tables for people; none where nothing was asked for. */
    static List<String> lines(DivergenceMeasurement.Result found) {
        List<String> lines = new ArrayList<>();
        if (!found.divergence().isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of(
                    "length", "mean KLD", "+-", "median", "90 %", "99 %", "99.9 %", "max", "same top", "RMS dp"));
            found.divergence().forEach((length, statistics) -> rows.add(row(String.valueOf(length), statistics)));
            found.noiseFloor().forEach((length, statistics) -> rows.add(row(length + " floor", statistics)));
            lines.add("");
            lines.add("divergence from the reference, nats; same top and RMS dp in per cent");
            lines.addAll(Columns.of(rows));
        }
        if (!found.longPerplexity().isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("length", "LongPPL", "key tokens"));
            found.longPerplexity()
                    .forEach((length, figure) -> rows.add(List.of(
                            String.valueOf(length),
                            figure.perplexity() == null ? "-" : Output.fixed(figure.perplexity(), 4),
                            String.valueOf(figure.tokens()))));
            lines.add("");
            lines.addAll(Columns.of(rows));
        }
        return lines;
    }

    private static List<String> row(String name, DivergenceStatistics statistics) {
        DivergenceStatistics.Percentiles percentiles = statistics.percentiles();
        return List.of(
                name,
                Output.fixed(statistics.kl().value(), 6),
                Output.fixed(statistics.kl().standardError(), 6),
                Output.fixed(percentiles.median(), 6),
                Output.fixed(percentiles.p90(), 5),
                Output.fixed(percentiles.p99(), 5),
                Output.fixed(percentiles.p999(), 5),
                Output.fixed(percentiles.maximum(), 5),
                Output.fixed(100 * statistics.sameTop().value(), 2),
                Output.fixed(100 * statistics.rmsDeltaP(), 3));
    }
}
