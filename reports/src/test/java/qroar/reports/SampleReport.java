package qroar.reports;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.study.StudyOutcome.LayerTails;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.Standing;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.ScaleMode;
import qroar.reports.model.BandReport;
import qroar.reports.model.BandReport.LayerRange;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.DocumentSummary;
import qroar.reports.model.Failure;
import qroar.reports.model.LengthRow;
import qroar.reports.model.ModelSummary;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.RunCost;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.RunSummary;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudySettings;
import qroar.reports.model.StudyState;
import qroar.reports.model.TaskScore;
import qroar.reports.model.TrialRow;
import qroar.reports.model.heldout.HeldOutDetail;
import qroar.reports.model.needle.NeedleScores;

/** Reports to test with, shaped like those of real runs; the numbers of the demo follow its README. */
public final class SampleReport {
    private static final double[] GRID = {0.8, 0.862, 0.928, 1.0, 1.077, 1.16, 1.25};
    private static final int WINDOWS = 80;

    private SampleReport() {}

    /** The demo: W2 finished, W3 still searching. */
    public static RunReport demo() {
        return report(
                RunState.RUNNING,
                List.of(
                        finished("01-yarn4-rtn-w2g32-b4-shared", "rtn:bits=2,group=32", 4, 7, 4, 1, 0.0589),
                        running("02-yarn4-rtn-w3-b4-shared")));
    }

    /** A finished sweep of {@code studies} studies, each with {@code trials} trials, on a model of 32 layers. */
    public static RunReport sweep(int studies, int trials) {
        List<StudyReport> all = new ArrayList<>();
        Random random = new Random(7);
        String[] quantizers = {"rtn:bits=4,group=128", "awq:bits=4,group=128", "gptq:bits=4,group=128"};
        int[] bands = {2, 4, 8};
        for (int i = 0; i < studies; i++) {
            String quantizer = quantizers[i % 3];
            int bandCount = bands[i / 3 % 3];
            int grid = i / 9 % 2 == 0 ? 5 : 9;
            double gain = 0.012 + 0.006 * (i / 3 % 3) + (i % 3 == 0 ? 0.01 : 0) + 0.004 * random.nextGaussian();
            String id = String.format(
                    "%02d-yarn16-%s-w4g128-b%d-g%d-shared", i + 1, quantizer.split(":")[0], bandCount, grid);
            all.add(finished(id, quantizer, bandCount, grid, 32, i + 2, gain));
        }
        return report(RunState.FINISHED, all, trials);
    }

    /** Before anything has happened. */
    public static RunReport empty() {
        RunSummary run = new RunSummary(
                "nothing yet",
                "0".repeat(64),
                RunState.RUNNING,
                Instant.parse("2026-11-22T18:00:00Z"),
                null,
                model(),
                List.of(),
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                "");
        return new RunReport(run, List.of(), List.of(), new RunCost(0, 0, 0, null, 0, 0, null, 0, 0, 0, 0, null, null));
    }

    public static RunReport report(RunState state, List<StudyReport> studies) {
        return report(state, studies, 30);
    }

    private static RunReport report(RunState state, List<StudyReport> studies, int trialsPerStudy) {
        List<DocumentSummary> documents = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            documents.add(document(DocumentSummary.Role.SEARCH, "search-0" + i + ".txt", 100 + i));
            documents.add(document(DocumentSummary.Role.HELD_OUT, "held-out-0" + i + ".txt", 200 + i));
        }
        Map<String, String> versions = new TreeMap<>(
                Map.of("qroar", "0.1.0-SNAPSHOT", "java", "17.0.13", "djl", "0.35.1", "pytorch", "2.7.1"));
        RunSummary run = new RunSummary(
                "demo",
                digest(1),
                state,
                Instant.parse("2026-11-22T18:00:00Z"),
                state == RunState.FINISHED ? Instant.parse("2026-11-22T18:04:12Z") : null,
                model(),
                documents,
                versions,
                List.of("worker-0: cpu, 2 threads, 15.6 GB"),
                List.of(),
                List.of(new Failure(studies.get(0).id(), "pass-1/band-3/scale-0.8000", 3, "out of memory on gpu:0")),
                """
                name: demo
                model: model
                rope: yarn:factor=4
                quantizer: [rtn:bits=2,group=32, rtn:bits=3,group=0]
                bands: 4
                grid: 7
                mode: shared
                """);
        List<TrialRow> trials = new ArrayList<>();
        for (StudyReport study : studies) {
            for (int t = 0; t < trialsPerStudy; t++) {
                trials.add(trial(trials.size() + 1, study.id(), t));
            }
        }
        return new RunReport(
                run,
                studies,
                trials,
                new RunCost(
                        482_304,
                        613_120,
                        40_960,
                        16_515_072L,
                        252,
                        480,
                        1913.9,
                        2,
                        1,
                        2,
                        3,
                        new RunCost.LookAhead(61_440, 2_048),
                        new RunCost.Besides(32_768, 8_192, 1_024)));
    }

    private static TrialRow trial(int number, String study, int t) {
        boolean stopped = t % 3 == 1;
        return new TrialRow(
                number,
                study,
                t == 0 ? "baseline" : "pass-1/band-" + t % 4 + "/scale-" + GRID[t % 7],
                digest(1000 + number),
                stopped ? Standing.STOPPED : Standing.FINISHED,
                "worker-0",
                1,
                stopped ? 22 : WINDOWS,
                WINDOWS,
                stopped ? 5_632 : 20_480,
                stopped ? 3.1 : 11.25,
                stopped ? "gain at most -0.0021 after 22 windows" : null);
    }

    private static DocumentSummary document(DocumentSummary.Role role, String name, int seed) {
        return new DocumentSummary(role, name, digest(seed), 4200 + seed);
    }

    public static ModelSummary model() {
        return new ModelSummary("demo/model", digest(9), "llama", 2_161_344, 4, 4, 2, 64, 10000, 512);
    }

    static String digest(int seed) {
        Random random = new Random(seed);
        StringBuilder hex = new StringBuilder();
        while (hex.length() < 64) {
            hex.append(Integer.toHexString(random.nextInt(16)));
        }
        return hex.toString();
    }

    public static StudySettings settings(String quantizer, int bands, int grid) {
        return new StudySettings(
                "yarn:factor=4",
                quantizer,
                bands,
                grid,
                ScaleMode.SHARED,
                "length-weighted 512,1024,2048,4096",
                "coordinate",
                "paired-t alpha=0.05",
                5e-4);
    }

    public static StudyReport finished(
            String id, String quantizer, int bandCount, int grid, int layers, int seed, double gain) {
        Random random = new Random(seed);
        BandPartition partition = BandPartition.logSpaced(32, bandCount);
        double[] best = bandCount == 4 && grid == 7 ? new double[] {1.16, 1.077, 0.862, 1.0} : new double[bandCount];
        for (int b = 0; b < bandCount && (bandCount != 4 || grid != 7); b++) {
            best[b] = scale(random.nextInt(grid), grid);
        }
        List<BandReport> bands = new ArrayList<>();
        List<CandidateRow> candidates = new ArrayList<>();
        for (int b = 0; b < bandCount; b++) {
            bands.add(band(partition, b, best[b], layers, random));
        }
        for (int pass = 1; pass <= 2; pass++) {
            for (int b = 0; b < bandCount; b++) {
                addCandidates(candidates, pass, b, best, grid, random);
            }
        }
        return new StudyReport(
                id,
                StudyState.FINISHED,
                settings(quantizer, bandCount, grid),
                bands,
                candidates,
                lengths(gain),
                new ObjectiveOutcome(
                        3.742,
                        3.742 * Math.exp(-gain),
                        3.6105,
                        3.6105 * Math.exp(-gain),
                        gain(gain * 1.02, 0.004),
                        gain(gain, 0.0041),
                        gain(0.0008, 0.0012)),
                tasks(),
                "Of +" + Math.round(gain * 1e4) / 1e4
                        + " nats on held-out documents, +0.0008 repair the interpolation and the rest the"
                        + " quantization; short context is preserved.",
                null,
                List.of(),
                null,
                heldOut(gain),
                List.of());
    }

    /** The same with two groups of layers, whose bands have the found scales and their inverses. */
    public static StudyReport layered(StudyReport study) {
        List<BandReport> bands = new ArrayList<>();
        for (int group = 0; group < 2; group++) {
            for (BandReport band : study.bands()) {
                double scale = Objects.requireNonNull(band.scale());
                bands.add(new BandReport(
                        band.fromPair(),
                        band.toPair(),
                        group == 0 ? scale : 1 / scale,
                        band.gradient(),
                        band.diagnostics(),
                        band.window(),
                        new LayerRange(3 * group, 3 * group + (group == 0 ? 3 : 2))));
            }
        }
        List<CandidateRow> candidates = study.candidates().stream()
                .map(candidate -> new CandidateRow(
                        candidate.pass(),
                        candidate.band() == null
                                ? null
                                : (Integer) (candidate.band() + study.bands().size()),
                        Stream.concat(candidate.scales().stream(), candidate.scales().stream())
                                .toList(),
                        candidate.state(),
                        candidate.gainNats(),
                        candidate.gainUpperNats(),
                        candidate.windowsMeasured(),
                        candidate.windowsPlanned(),
                        candidate.looks(),
                        candidate.sharedKey(),
                        candidate.promoted(),
                        candidate.trial(),
                        candidate.figures()))
                .toList();
        StudySettings all = study.settings();
        return new StudyReport(
                study.id(),
                study.state(),
                new StudySettings(
                        all.rope(),
                        all.quantizer(),
                        all.bands(),
                        3,
                        all.grid(),
                        all.mode(),
                        all.objective(),
                        all.strategy(),
                        all.stopping(),
                        all.minGainNats()),
                bands,
                candidates,
                study.lengths(),
                study.objective(),
                study.tasks(),
                study.attribution(),
                study.repair(),
                study.controls(),
                study.shares(),
                study.heldOut(),
                study.notes());
    }

    /** The same, of a model whose perplexities are a tenth higher. */
    public static StudyReport worse(StudyReport study) {
        List<LengthRow> rows = study.lengths().stream()
                .map(row -> new LengthRow(
                        row.lengthTokens(),
                        row.trainedWindow(),
                        row.scoredTokens(),
                        1.1 * Objects.requireNonNull(row.baseline()),
                        1.1 * Objects.requireNonNull(row.tuned()),
                        row.unquantized(),
                        row.control(),
                        row.tunedPplGain(),
                        row.controlPplGain(),
                        row.repairedPplGain(),
                        row.quantizingPplGain()))
                .toList();
        return with(study, rows, study.objective());
    }

    /** The same with other figures. */
    public static StudyReport with(StudyReport study, List<LengthRow> rows, ObjectiveOutcome objective) {
        return new StudyReport(
                study.id(),
                study.state(),
                study.settings(),
                study.bands(),
                study.candidates(),
                rows,
                objective,
                study.tasks(),
                study.attribution(),
                study.repair(),
                study.controls(),
                study.shares(),
                study.heldOut(),
                study.notes());
    }

    private static BandReport band(BandPartition partition, int b, double scale, int layers, Random random) {
        List<LayerTails> tails = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            double tail = Math.exp(0.25 * random.nextGaussian() + 0.08 * b);
            tails.add(new LayerTails(layer, tail, Math.sqrt(tail)));
        }
        double pressure = 4096 * Math.pow(10, -1.15 * b) * 0.4;
        return new BandReport(
                partition.bands().get(b).fromPair(),
                partition.bands().get(b).toPair(),
                scale,
                -0.02 + 0.01 * b,
                new BandReport.Diagnostics(
                        4096, pressure, pressure * 0.7 / (1 + b), 1.02 + 0.11 * b, 1.01 + 0.05 * b, tails),
                new BandReport.Window(
                        0.8,
                        1.25,
                        "half-width 0.223 = h0 (pressure " + Math.round(pressure) + " rad), tails shift it by 0.00",
                        BandReport.Place.INSIDE));
    }

    private static double scale(int g, int grid) {
        return grid == GRID.length ? GRID[g] : 0.8 * Math.pow(1.25 / 0.8, (double) g / (grid - 1));
    }

    private static void addCandidates(
            List<CandidateRow> candidates, int pass, int b, double[] best, int grid, Random random) {
        double peak = Math.log(best[b]);
        double gainAtBest = pass == 1 && peak != 0 ? 0.012 + 0.02 * random.nextDouble() : 0;
        for (int g = 0; g < grid; g++) {
            double scale = scale(g, grid);
            double incumbent = pass == 1 ? 1.0 : best[b];
            if (scale == incumbent) {
                continue;
            }
            List<Double> scales = new ArrayList<>();
            for (int other = 0; other < best.length; other++) {
                scales.add(other < b || pass > 1 ? best[other] : 1.0);
            }
            scales.set(b, scale);
            double curve = gainAtBest - 0.9 * Math.pow(Math.log(scale) - peak, 2);
            boolean stopped = curve < -0.002;
            int windows = stopped ? 8 + random.nextInt(30) : WINDOWS;
            candidates.add(new CandidateRow(
                    pass,
                    b,
                    scales,
                    stopped ? Standing.STOPPED : Standing.FINISHED,
                    curve,
                    stopped ? Math.min(-0.0001, curve * 0.4) : null,
                    windows,
                    WINDOWS,
                    windows,
                    null,
                    scale == best[b] && pass == 1,
                    candidates.size() + 2,
                    stopped ? null : new CandidateRow.Figures(3.7, 3.6, 3.8, curve - 0.003, curve + 0.003)));
        }
    }

    private static HeldOutDetail heldOut(double gain) {
        List<HeldOutDetail.VariantObjective> objectives = new ArrayList<>();
        double[] values = {3.6105, 3.6105 * Math.exp(-gain), 3.09, 3.088};
        for (Setting setting : Setting.values()) {
            double value = values[setting.ordinal()];
            objectives.add(new HeldOutDetail.VariantObjective(setting, value, value - 0.1, value + 0.1));
        }
        List<HeldOutDetail.DocumentLoss> documents = new ArrayList<>();
        List<HeldOutDetail.PositionLoss> positions = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            double loss = 1.2 + 0.02 * i;
            documents.add(new HeldOutDetail.DocumentLoss(
                    "held-out-0" + i + ".txt",
                    4095,
                    loss + 0.2,
                    loss + 0.2 - gain * (0.8 + 0.04 * i),
                    loss,
                    loss - 0.001));
        }
        for (int to = 256, from = 0; to <= 4096; from = to, to *= 2) {
            double loss = 1.3 - 0.03 * Math.log(to / 256.0);
            positions.add(new HeldOutDetail.PositionLoss(
                    from, to, 10L * (to - from), loss + 0.2, loss + 0.2 - gain, loss, loss - 0.001));
        }
        return new HeldOutDetail(objectives, documents, positions);
    }

    private static List<LengthRow> lengths(double gain) {
        double[][] nll = {{512, 1.2881, 1.1426}, {1024, 1.2995, 1.1331}, {2048, 1.3219, 1.1268}, {4096, 1.3305, 1.1289}
        };
        List<LengthRow> rows = new ArrayList<>();
        for (double[] row : nll) {
            double share = 0.6 + 0.1 * Math.log(row[0] / 512);
            double tuned = row[1] - gain * Math.min(1, share + 0.26);
            double control = row[2] - 0.0008;
            rows.add(new LengthRow(
                    (int) row[0],
                    row[0] == 512,
                    (long) (10 * row[0] - 10),
                    Math.exp(row[1]),
                    Math.exp(tuned),
                    Math.exp(row[2]),
                    Math.exp(control),
                    gain(row[1] - tuned, 0.0046),
                    gain(0.0008, 0.0012),
                    gain(row[1] - tuned - 0.0008, 0.0049),
                    gain(row[2] - row[1], 0.006)));
        }
        return rows;
    }

    public static Interval gain(double nats, double half) {
        return new Interval(nats, nats - half, nats + half);
    }

    /** Evaluated as it is, at 512 tokens and, ten times worse, at 1024. */
    public static StudyReport unsearched(String id, String rope, String quantizer, double perplexity) {
        StudySettings searched = settings(quantizer, 8, 7);
        Double reference = quantizer.equals("none") ? perplexity : null;
        return new StudyReport(
                id,
                StudyState.FINISHED,
                new StudySettings(
                        rope,
                        quantizer,
                        8,
                        7,
                        ScaleMode.SHARED,
                        searched.objective(),
                        "none",
                        searched.stopping(),
                        searched.minGainNats()),
                List.of(),
                List.of(),
                List.of(
                        new LengthRow(512, true, 5110, perplexity, null, reference, null, null, null, null, null),
                        new LengthRow(
                                1024,
                                false,
                                10230,
                                perplexity * 10,
                                null,
                                reference == null ? null : reference * 10,
                                null,
                                null,
                                null,
                                null,
                                null)),
                ObjectiveOutcome.UNKNOWN,
                List.of(),
                null,
                null,
                List.of(),
                null,
                HeldOutDetail.NONE,
                List.of("Nothing was searched: search.strategy is none."));
    }

    /** The 24 studies of {@code samples/sweep.yaml}, finished. */
    public static RunReport factorial() {
        List<StudyReport> all = new ArrayList<>();
        Random random = new Random(11);
        for (String rope : List.of("yarn:factor=4", "ntk:alpha=4")) {
            for (String quantizer : List.of("rtn:bits=3,group=64", "awq:bits=3,group=64")) {
                for (int bands : new int[] {2, 4, 8}) {
                    for (int grid : new int[] {5, 9}) {
                        double gain = 0.01 + 0.004 * random.nextGaussian();
                        String id = String.format("%02d-%s", all.size() + 1, rope.split(":")[0]);
                        StudyReport plain = finished(id, quantizer, bands, grid, 4, all.size() + 1, gain);
                        StudySettings s = plain.settings();
                        StudySettings settings = new StudySettings(
                                rope,
                                quantizer,
                                bands,
                                grid,
                                s.mode(),
                                s.objective(),
                                s.strategy(),
                                s.stopping(),
                                s.minGainNats());
                        all.add(new StudyReport(
                                id,
                                plain.state(),
                                settings,
                                plain.bands(),
                                plain.candidates(),
                                plain.lengths(),
                                plain.objective(),
                                plain.tasks(),
                                plain.attribution(),
                                plain.repair(),
                                plain.controls(),
                                plain.shares(),
                                plain.heldOut(),
                                plain.notes()));
                    }
                }
            }
        }
        return report(RunState.FINISHED, all, 10);
    }

    /** In its first pass: some candidates measured, one diverged, one failed, nothing held out. */
    public static StudyReport running(String id) {
        BandPartition partition = BandPartition.logSpaced(32, 4);
        Random random = new Random(3);
        List<BandReport> bands = new ArrayList<>();
        for (int b = 0; b < 4; b++) {
            bands.add(
                    b < 2
                            ? band(partition, b, 1.0, 4, random)
                            : new BandReport(
                                    partition.bands().get(b).fromPair(),
                                    partition.bands().get(b).toPair(),
                                    null,
                                    null,
                                    null,
                                    null));
        }
        List<CandidateRow> candidates = List.of(
                candidate(0.8, Standing.STOPPED, -0.031, -0.004, 11),
                candidate(0.862, Standing.FINISHED, -0.0011, null, WINDOWS),
                candidate(0.928, Standing.FINISHED, 0.0004, null, WINDOWS),
                candidate(1.077, Standing.RUNNING, null, null, 31),
                candidate(1.16, Standing.DIVERGED, null, null, 3),
                candidate(1.25, Standing.PLANNED, null, null, 0));
        return new StudyReport(
                id,
                StudyState.RUNNING,
                settings("rtn:bits=3,group=0", 4, 7),
                bands,
                candidates,
                List.of(
                        new LengthRow(512, true, 5110, 3.157, null, 3.135, null, null, null, null, gain(-0.01, 0.004)),
                        new LengthRow(2048, false, 20470, 3.101, null, 3.0858, null, null, null, null, null)),
                new ObjectiveOutcome(3.12, 3.12, null, null, null, null, null),
                List.of(),
                null,
                null,
                List.of(),
                null,
                HeldOutDetail.NONE,
                List.of());
    }

    private static CandidateRow candidate(
            double scale, Standing state, @Nullable Double gain, @Nullable Double upper, int windows) {
        return new CandidateRow(
                1,
                0,
                List.of(scale, 1.0, 1.0, 1.0),
                state,
                gain,
                upper,
                windows,
                WINDOWS,
                windows / 4,
                null,
                false,
                null,
                null);
    }

    private static List<TaskScore> tasks() {
        return List.of(
                new TaskScore("arc_easy", 0, Setting.TUNED, 500, 0.274, 0.01995, 0.281, 0.0201, null),
                needles(Setting.BASELINE, 1.25, null),
                needles(
                        Setting.TUNED,
                        0.5,
                        new NeedleScores.Gain(
                                NeedleScores.Difference.of(new double[] {0.5, 0.75, 1}),
                                NeedleScores.Difference.of(new double[] {0, 0, 1}))));
    }

    private static TaskScore needles(Setting setting, double nll, NeedleScores.@Nullable Gain gain) {
        List<NeedleScores.Cell> cells = new ArrayList<>();
        for (int length : List.of(512, 1024)) {
            cells.add(new NeedleScores.Cell(length, 0.0, nll, 0.5));
            cells.add(new NeedleScores.Cell(length, 50.0, nll + 0.125, 0.25));
        }
        return new TaskScore(
                "passkey", 0, setting, 12, 0.375, 0.14, null, null, new NeedleScores(42, 3, nll + 0.0625, cells, gain));
    }
}
