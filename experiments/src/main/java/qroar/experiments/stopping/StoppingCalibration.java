package qroar.experiments.stopping;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.statistics.Binomial;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.stopping.SyntheticPairs.Tails;

/**
 * How often a rule is wrong, and what it spends: races replayed on pairs of recorded or synthetic losses. The hardest
 * case of a wrong stop is a candidate that gains exactly what it needs, so that is what is raced for the error rate;
 * the tokens are those of the losers.
 */
public final class StoppingCalibration {
    /**
     * One line of the table.
     *
     * @param what the streams raced
     * @param rule the rule
     * @param runs races of candidates that gain exactly {@code min-gain}
     * @param falseStops how many of them were stopped
     * @param lower 95 % Clopper-Pearson bound of the false-stop rate
     * @param upper the other one
     * @param losers races of candidates that gain less
     * @param losersStopped how many of them were stopped
     * @param tokenShare forward tokens of the losers' races over those of full evaluations
     */
    public record Row(
            String what,
            StoppingSettings rule,
            int runs,
            int falseStops,
            double lower,
            double upper,
            int losers,
            int losersStopped,
            double tokenShare) {
        public double falseStopRate() {
            return (double) falseStops / runs;
        }
    }

    /** Gain that the winners of the synthetic table need, and have: the default of {@code min-gain}. */
    private static final double SYNTHETIC_MIN_GAIN = 0.0005;
    /** Standard deviation of a window's difference in the synthetic table, nats per token. */
    private static final double SYNTHETIC_NOISE = 0.004;
    /** Gain of the losers of the synthetic table. */
    private static final double SYNTHETIC_LOSS = -0.03;

    private StoppingCalibration() {}

    /**
     * The table of the documentation: rules that promise a level, on streams within their assumptions (first four kinds)
     * and beyond them (last kind), of five and of ten documents.
     */
    public static List<Row> syntheticTable(double alpha, int runs, long seed) {
        List<Row> rows = new ArrayList<>();
        for (Rule rule : leveled()) {
            for (int documents : new int[] {5, 10}) {
                synthetic(documents)
                        .forEach((what, pairs) -> rows.add(ofSynthetic(
                                what + ", " + documents + " documents",
                                pairs,
                                SYNTHETIC_LOSS,
                                new StoppingSettings(rule, alpha),
                                runs,
                                seed)));
            }
        }
        return rows;
    }

    /** Those that promise a level. */
    static List<Rule> leveled() {
        return Arrays.stream(Rule.values())
                .filter(rule -> rule.form().guarantee() == StoppingForm.Guarantee.LEVEL)
                .toList();
    }

    private static Map<String, SyntheticPairs> synthetic(int documents) {
        Map<String, SyntheticPairs> streams = new LinkedHashMap<>();
        streams.put("independent", pairs(documents, 0, 0, 0, Tails.NORMAL));
        streams.put("correlated 0.6, drift", pairs(documents, 0.6, 0.3, 5, Tails.NORMAL));
        streams.put("correlated 0.9", pairs(documents, 0.9, 0.3, 2, Tails.NORMAL));
        streams.put("document effect 1, heavy tails", pairs(documents, 0.6, 1, 2, Tails.HEAVY));
        streams.put("BEYOND ASSUMPTION: document effect 3", pairs(documents, 0.6, 3, 2, Tails.NORMAL));
        return streams;
    }

    private static SyntheticPairs pairs(int documents, double correlation, double effect, double drift, Tails tails) {
        return new SyntheticPairs(documents, correlation, effect, drift, tails, SYNTHETIC_NOISE, SYNTHETIC_MIN_GAIN);
    }

    /**
     * On synthetic streams.
     *
     * @param loserGain gain of the losers, negative
     */
    static Row ofSynthetic(
            String what, SyntheticPairs pairs, double loserGain, StoppingSettings settings, int runs, long seed) {
        PlanWindows plan = pairs.plan();
        return row(
                what,
                settings,
                runs,
                seed,
                pairs.gain(),
                random -> pairs.draw(plan, random),
                random -> pairs.draw(plan, random).withGain(loserGain));
    }

    /**
     * By resampling recorded losses: a pair is drawn, and its documents are put in a random order. For the error rate its
     * differences are shifted to a gain of exactly {@code minGain}, with either side as the reference; for the tokens the
     * worse side is the candidate, as recorded.
     *
     * @param recorded full losses of pairs; at least one
     */
    public static Row ofRecorded(
            String what, List<LossPair> recorded, double minGain, StoppingSettings settings, int runs, long seed) {
        if (recorded.isEmpty()) {
            throw new IllegalArgumentException("calibration needs at least one recorded pair");
        }
        return row(
                what,
                settings,
                runs,
                seed,
                minGain,
                random -> {
                    LossPair pair = recorded.get(random.nextInt(recorded.size()));
                    LossPair directed = random.nextBoolean() ? pair : pair.reversed();
                    return directed.withGain(minGain).shuffled(random);
                },
                random -> {
                    LossPair pair = recorded.get(random.nextInt(recorded.size()));
                    return (pair.gain() > 0 ? pair.reversed() : pair).shuffled(random);
                });
    }

    private static Row row(
            String what,
            StoppingSettings settings,
            int runs,
            long seed,
            double minGain,
            Function<Random, LossPair> winners,
            Function<Random, LossPair> losers) {
        StoppingRule rule = StoppingRule.of(settings);
        Random random = new Random(seed);
        int falseStops = 0;
        int losersStopped = 0;
        long spent = 0;
        long full = 0;
        for (int run = 0; run < runs; run++) {
            LossPair winner = winners.apply(random);
            // A hair below the gain itself: rounding must not decide at the end of the plan.
            Race race = winner.race(minGain - 1e-12);
            falseStops += stop(rule, race, winner.candidate()) < race.plan().count() ? 1 : 0;
            LossPair loser = losers.apply(random);
            Race lost = loser.race(minGain);
            int seen = stop(rule, lost, loser.candidate());
            losersStopped += seen < lost.plan().count() ? 1 : 0;
            spent += lost.plan().forwardTokens(seen);
            full += lost.plan().forwardTokens(lost.plan().count());
        }
        return new Row(
                what,
                settings,
                runs,
                falseStops,
                Binomial.lower(falseStops, runs, 0.025),
                Binomial.upper(falseStops, runs, 0.025),
                runs,
                losersStopped,
                (double) spent / full);
    }

    /** Windows seen until the rule stops; all windows of the plan if it does not. */
    static int stop(StoppingRule rule, Race race, double[] losses) {
        for (int seen : rule.looks(race)) {
            Verdict verdict = rule.judge(race, Arrays.copyOf(losses, seen));
            if (verdict.stop()) {
                return seen;
            }
        }
        return race.plan().count();
    }

    /** The rows as a table in Markdown. */
    public static String markdown(List<Row> rows, long seed) {
        StringBuilder table = new StringBuilder("Seed " + seed + ".\n\n");
        table.append("| streams | rule | alpha | false stops of runs | rate (95 % interval) | losers stopped |"
                + " losers' tokens of exhaustive |\n|---|---|---|---|---|---|---|\n");
        for (Row row : rows) {
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.3g | %d of %d | %.4f (%.4f to %.4f) | %.1f %% | %.1f %% |%n",
                    row.what(),
                    row.rule().rule().word(),
                    row.rule().alpha(),
                    row.falseStops(),
                    row.runs(),
                    row.falseStopRate(),
                    row.lower(),
                    row.upper(),
                    100.0 * row.losersStopped() / row.losers(),
                    100 * row.tokenShare()));
        }
        return table.toString();
    }
}
