package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.Aim;
import qroar.experiments.study.Study;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;

/**
 * What makes a study this study, as texts of the experiment file. A component that differs between the studies of a run
 * is a factor of its sweep.
 *
 * @param rope {@code yarn:factor=4}
 * @param quantizer {@code rtn:bits=2,group=32}
 * @param bands number of bands wanted
 * @param layers consecutive layers that share scales; null where all do
 * @param grid candidates per band
 * @param mode how a scale acts on q and k
 * @param objective {@code lengths 512,1024 weighted 0.333,0.667}, and where questions are asked what and how many
 * @param strategy {@code coordinate}, {@code line}, {@code joint}, {@code none}
 * @param stopping {@code paired-t alpha=0.05}
 * @param minGainNats smallest fall of ln J that promotes a candidate
 */
public record StudySettings(
        String rope,
        String quantizer,
        int bands,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer layers,
        int grid,
        ScaleMode mode,
        String objective,
        String strategy,
        String stopping,
        double minGainNats) {
    /** With scales that all layers share. */
    public StudySettings(
            String rope,
            String quantizer,
            int bands,
            int grid,
            ScaleMode mode,
            String objective,
            String strategy,
            String stopping,
            double minGainNats) {
        this(rope, quantizer, bands, null, grid, mode, objective, strategy, stopping, minGainNats);
    }

    static StudySettings of(Study study) {
        List<String> lengths =
                study.objective().lengths().stream().map(String::valueOf).toList();
        List<String> weights = study.objective().weights().stream()
                .map(weight -> String.format(Locale.ROOT, "%.3g", weight))
                .toList();
        return new StudySettings(
                RopeScalingSpec.format(study.rope()),
                QuantizationText.format(study.quantization()),
                study.partition().bandCount(),
                study.partition().layers().isAll()
                        ? null
                        : (Integer) study.partition().layers().size(),
                study.search().gridSize(),
                study.mode(),
                objective(study, "lengths " + String.join(",", lengths) + " weighted " + String.join(",", weights)),
                study.search().strategy().word(),
                study.stopping().rule().word() + " alpha=" + study.stopping().alpha(),
                study.search().minGain());
    }

    private static String objective(Study study, String perplexity) {
        Aim aim = study.objective().aim();
        Study.Asked asked = study.asked();
        if (asked == null) {
            return perplexity;
        }
        return aim.text() + ", " + asked.rounds() + " x " + study.objective().questions() + " questions"
                + (aim.readsTexts() ? ", " + perplexity : "");
    }

    /** Which layers share scales, as the experiment file writes it. */
    public String layersText() {
        return layers == null ? "all" : layers.toString();
    }

    /** False where the model is only evaluated as it is. */
    public boolean searches() {
        return !strategy.equals("none");
    }
}
