package qroar.orchestrator.app.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;

/**
 * What the searches of one study took and found.
 *
 * @param minGain of the study, in ln J
 * @param exhaustiveTokensOfOnePass forward tokens of one pass of the exhaustive search, as worked out
 * @param baselineTokens the product's, for the unscaled model
 * @param candidateTokens the product's, for all candidates
 * @param diagnosticTokens the product's, for the unquantized distributions; the exhaustive search took its grids from them
 * @param product the product's winner
 * @param exhaustive the exhaustive search's, after its first pass and after all; empty where it was not run
 */
public record SearchComparison(
        String study,
        double minGain,
        long exhaustiveTokensOfOnePass,
        long baselineTokens,
        long candidateTokens,
        long diagnosticTokens,
        Winner product,
        List<Winner> exhaustive) {
    /**
     * @param search which search
     * @param forwardTokens that it took, its diagnostics left out
     * @param points that it evaluated
     * @param nested J on all search documents, nested protocol
     * @param strided the same, strided protocol; NaN where unknown
     */
    public record Winner(
            String search, BandScales scales, long forwardTokens, int points, double nested, double strided) {
        Map<String, @Nullable Object> toMap() {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("search", search);
            map.put("scales", scales.scales());
            map.put("forwardTokens", forwardTokens);
            map.put("points", points);
            map.put("nested", nested);
            map.put("strided", Double.isNaN(strided) ? null : strided);
            return map;
        }
    }

    public SearchComparison {
        exhaustive = List.copyOf(exhaustive);
    }

    /** Tokens of an exhaustive search over the product's, both without diagnostics. */
    public double ratio(long exhaustiveTokens) {
        return (double) exhaustiveTokens / product.forwardTokens();
    }

    /** The same with the product's diagnostics, which the exhaustive search is given for nothing. */
    public double ratioWithDiagnostics(long exhaustiveTokens) {
        return (double) exhaustiveTokens / (product.forwardTokens() + diagnosticTokens);
    }

    /** ln J(product) - ln J(other), nested: positive where the other winner is better. */
    public double lossNested(Winner other) {
        return StrictMath.log(product.nested()) - StrictMath.log(other.nested());
    }

    /** The same under the strided protocol. */
    public double lossStrided(Winner other) {
        return StrictMath.log(product.strided()) - StrictMath.log(other.strided());
    }

    /** Whether the product's winner is worse by no more than min-gain, under both protocols. */
    public boolean isWithinMinGain(Winner other) {
        return lossNested(other) <= minGain && lossStrided(other) <= minGain;
    }

    /** For machines; keys in a fixed order, unknown figures null. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("study", study);
        map.put("minGain", minGain);
        map.put("exhaustiveTokensOfOnePass", exhaustiveTokensOfOnePass);
        map.put("baselineTokens", baselineTokens);
        map.put("candidateTokens", candidateTokens);
        map.put("diagnosticTokens", diagnosticTokens);
        map.put("product", product.toMap());
        List<Map<String, @Nullable Object>> others = new ArrayList<>();
        for (Winner other : exhaustive) {
            Map<String, @Nullable Object> figures = other.toMap();
            figures.put("ratio", ratio(other.forwardTokens()));
            figures.put("ratioWithDiagnostics", ratioWithDiagnostics(other.forwardTokens()));
            figures.put("lossNested", lossNested(other));
            figures.put("lossStrided", lossStrided(other));
            figures.put("withinMinGain", isWithinMinGain(other));
            others.add(figures);
        }
        map.put("exhaustive", others);
        return map;
    }

    /** For people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(study);
        lines.add(line(product)
                + String.format(
                        Locale.ROOT,
                        "  (baseline %,d, candidates %,d; diagnostics %,d beside)",
                        baselineTokens,
                        candidateTokens,
                        diagnosticTokens));
        if (exhaustive.isEmpty()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  exhaustive, one pass    %,12d forward tokens, worked out: %.1f times as many (%.1f with diagnostics)",
                    exhaustiveTokensOfOnePass,
                    ratio(exhaustiveTokensOfOnePass),
                    ratioWithDiagnostics(exhaustiveTokensOfOnePass)));
        }
        for (Winner other : exhaustive) {
            lines.add(line(other));
            lines.add(String.format(
                    Locale.ROOT,
                    "      %.1f times as many tokens (%.1f with diagnostics); the product's winner is %s min-gain %.4g of it:"
                            + " ln J differs by %+.6f nested, %+.6f strided",
                    ratio(other.forwardTokens()),
                    ratioWithDiagnostics(other.forwardTokens()),
                    isWithinMinGain(other) ? "within" : "NOT within",
                    minGain,
                    lossNested(other),
                    lossStrided(other)));
        }
        return lines;
    }

    private static String line(Winner winner) {
        String figures = String.format(
                Locale.ROOT,
                "  %-22s  %,12d forward tokens, %3d points: %s  J nested %.6f",
                winner.search(),
                winner.forwardTokens(),
                winner.points(),
                text(winner.scales()),
                winner.nested());
        return Double.isNaN(winner.strided())
                ? figures
                : figures + String.format(Locale.ROOT, "  strided %.6f", winner.strided());
    }

    private static String text(BandScales scales) {
        StringBuilder text = new StringBuilder("[");
        for (int b = 0; b < scales.scales().length; b++) {
            text.append(b == 0 ? "" : ", ").append(String.format(Locale.ROOT, "%.4f", scales.scale(b)));
        }
        return text.append(']').toString();
    }
}
