package qroar.reports;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.reports.model.BandReport;
import qroar.reports.model.BandReport.LayerRange;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;
import qroar.reports.model.TrialRow;
import qroar.reports.model.heldout.HeldOutDetail.VariantObjective;

/**
 * {@code trials.csv}: RFC 4180, UTF-8, a header, one line per trial; what is not known is an empty field. Behind what is known
 * of a trial itself comes what its study made of it: the candidate that it measured, or the held-out variant.
 */
final class TrialsCsv {
    static final String HEADER =
            "number,study,label,key,state,worker,attempts,windowsMeasured,windowsPlanned,forwardTokens,seconds,cause,"
                    + "pass,band,fromPair,toPair,scale,scales,objective,objectiveLow,objectiveHigh,"
                    + "gainNats,gainLowNats,gainHighNats,gainUpperNats,promoted";

    private static final int COLUMNS = HEADER.split(",").length;
    private static final int OF_TRIAL = 12;

    private final Map<String, StudyReport> studies = new HashMap<>();
    private final Map<Integer, CandidateRow> candidates = new HashMap<>();
    private final StringBuilder csv = new StringBuilder(HEADER);
    /** Whether a study has scales for groups of layers: the last column is there only then. */
    private final boolean hasLayers;

    private TrialsCsv(RunReport report) {
        hasLayers = report.studies().stream()
                .anyMatch(study -> study.bands().stream().anyMatch(band -> band.layers() != null));
        csv.append(hasLayers ? ",layers" : "").append("\r\n");
        for (StudyReport study : report.studies()) {
            studies.put(study.id(), study);
            for (CandidateRow candidate : study.candidates()) {
                if (candidate.trial() != null) {
                    candidates.put(candidate.trial(), candidate);
                }
            }
        }
    }

    static byte[] bytes(RunReport report) {
        TrialsCsv writer = new TrialsCsv(report);
        report.trials().forEach(writer::line);
        return writer.csv.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void line(TrialRow t) {
        add(t.number());
        csv.append(field(t.study())).append(',');
        csv.append(field(t.label())).append(',');
        csv.append(field(t.key())).append(',');
        csv.append(t.state().word()).append(',');
        csv.append(field(t.worker())).append(',');
        add(t.attempts());
        add(t.windowsMeasured());
        add(t.windowsPlanned());
        csv.append(t.forwardTokens()).append(',');
        add(t.seconds());
        csv.append(field(t.cause())).append(',');
        StudyReport study = studies.get(t.study());
        CandidateRow candidate = candidates.get(t.number());
        if (study != null && candidate != null) {
            addCandidate(study, candidate);
        } else if (study != null) {
            addOther(study, t.label());
        } else {
            csv.append(",".repeat(COLUMNS - OF_TRIAL - 1));
        }
        if (hasLayers) {
            csv.append(',').append(study == null || candidate == null ? "" : layers(study, candidate));
        }
        csv.append("\r\n");
    }

    private void addCandidate(StudyReport study, CandidateRow candidate) {
        Integer band = candidate.band();
        BandReport pairs = band == null || band >= study.bands().size()
                ? null
                : study.bands().get(band);
        add(candidate.pass());
        add(band == null || pairs == null ? band : (Integer) (band % bandsOfAGroup(study)));
        add(pairs == null ? null : pairs.fromPair());
        add(pairs == null ? null : pairs.toPair());
        add(band == null ? null : candidate.scale());
        csv.append(words(candidate.scales())).append(',');
        CandidateRow.Figures figures = candidate.figures();
        add(figures == null ? null : figures.objective());
        add(figures == null ? null : figures.objectiveLow());
        add(figures == null ? null : figures.objectiveHigh());
        add(candidate.gainNats());
        add(figures == null ? null : figures.gainLowNats());
        add(figures == null ? null : figures.gainHighNats());
        add(candidate.gainUpperNats());
        csv.append(candidate.promoted());
    }

    private static int bandsOfAGroup(StudyReport study) {
        return study.bandsByLayers().get(0).size();
    }

    /** Whose scale a candidate changes: {@code 4-7}; empty where all layers share, or all scales change. */
    private static String layers(StudyReport study, CandidateRow candidate) {
        Integer band = candidate.band();
        LayerRange layers = band == null || band >= study.bands().size()
                ? null
                : study.bands().get(band).layers();
        return layers == null ? "" : layers.words();
    }

    /** Of the baseline and the held-out variants objective and gain are known, of others the scales at most. */
    private void addOther(StudyReport study, String label) {
        csv.append(",".repeat(5));
        if (label.equals(TrialLabel.BASELINE)) {
            csv.append(words(study.bands().stream().map(band -> 1.0).toList())).append(',');
            add(study.objective().searchBefore());
            csv.append(",".repeat(6));
            return;
        }
        for (Setting setting : Setting.values()) {
            if (label.equals(TrialLabel.heldOut(setting))) {
                addHeldOut(study, setting);
                return;
            }
        }
        csv.append(",".repeat(8));
    }

    private void addHeldOut(StudyReport study, Setting setting) {
        boolean scaled = setting == Setting.TUNED || setting == Setting.CONTROL;
        boolean known = study.bands().stream().allMatch(band -> band.scale() != null);
        csv.append(
                        known
                                ? words(study.bands().stream()
                                        .map(band -> scaled && band.scale() != null ? band.scale() : 1.0)
                                        .toList())
                                : "")
                .append(',');
        VariantObjective objective = study.heldOut().objectives().stream()
                .filter(each -> each.variant() == setting)
                .findFirst()
                .orElse(null);
        add(objective == null ? null : objective.objective());
        add(objective == null ? null : objective.low());
        add(objective == null ? null : objective.high());
        Interval gain = setting == Setting.TUNED
                ? study.objective().heldOutGain()
                : setting == Setting.CONTROL ? study.objective().heldOutControlGain() : null;
        add(gain == null ? null : gain.estimate());
        add(gain == null ? null : gain.lower());
        add(gain == null ? null : gain.upper());
        csv.append(',');
    }

    private static String words(List<Double> scales) {
        return scales.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    private void add(@Nullable Integer number) {
        csv.append(number == null ? "" : number).append(',');
    }

    private void add(@Nullable Double number) {
        csv.append(number == null || !Double.isFinite(number) ? "" : number).append(',');
    }

    private static String field(@Nullable String text) {
        if (text == null) {
            return "";
        }
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
