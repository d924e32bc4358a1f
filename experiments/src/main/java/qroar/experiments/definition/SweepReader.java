package qroar.experiments.definition;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.sweep.Exclusion;
import qroar.experiments.definition.sweep.LayerChoice;
import qroar.experiments.definition.sweep.RopeChoice;
import qroar.experiments.definition.sweep.Sweep;
import qroar.experiments.definition.sweep.SweepPoint;
import qroar.experiments.definition.sweep.Weighting;
import qroar.experiments.definition.yaml.Section;
import qroar.experiments.definition.yaml.Source;
import qroar.experiments.definition.yaml.Value;
import qroar.experiments.definition.yaml.Value.Range;
import qroar.experiments.definition.yaml.YamlNode;
import qroar.experiments.objective.Aim;
import qroar.protocol.BadInput;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;

/** Reads the swept keys: a single value or a list of distinct ones each, and the points to leave out. */
final class SweepReader {
    /** Studies of one run at most. */
    static final int MAX_POINTS = 10_000;

    private static final int MAX_BANDS = 256;
    private static final int MIN_GRID = 3;
    private static final int MAX_GRID = 65;

    private final Section top;
    private final List<Integer> lengths;

    SweepReader(Section top, List<Integer> lengths) {
        this.top = top;
        this.lengths = lengths;
    }

    Sweep sweep() {
        Sweep full = new Sweep(
                orElse(ropes(top), List.of(new RopeChoice.OfCheckpoint())),
                quantizers(top.required("quantizer")),
                orElse(bands(top), Defaults.BANDS),
                orElse(layers(top), List.of(LayerChoice.ALL)),
                orElse(grids(top), Defaults.GRID),
                orElse(modes(top), Defaults.MODE),
                orElse(weightings(top), List.of(new Weighting.ByLength())),
                orElse(objectives(top), List.of(Aim.PERPLEXITY)),
                List.of());
        if (full.productSize() > MAX_POINTS) {
            throw top.bad(
                    "quantizer",
                    "and the other lists make " + full.productSize() + " studies; at most " + MAX_POINTS
                            + " are allowed");
        }
        List<Exclusion> exclusions = exclusions(full);
        Sweep sweep = new Sweep(
                full.rope(),
                full.quantizer(),
                full.bands(),
                full.layers(),
                full.grid(),
                full.mode(),
                full.weights(),
                full.objective(),
                exclusions);
        if (sweep.points().isEmpty()) {
            throw top.bad("exclude", "leaves no point of the sweep");
        }
        return sweep;
    }

    private List<Exclusion> exclusions(Sweep full) {
        List<Value> values = Value.itemsOrNone(top.optional("exclude"));
        if (values.isEmpty()) {
            return List.of();
        }
        List<SweepPoint> product = full.product();
        List<Exclusion> exclusions = new ArrayList<>();
        for (Value item : values) {
            Section section = item.section(ExperimentKeys.SWEPT);
            Value quantizer = section.optional("quantizer");
            Exclusion exclusion = new Exclusion(
                    orElse(ropes(section), List.of()),
                    quantizer == null ? List.of() : quantizers(quantizer),
                    orElse(bands(section), List.of()),
                    orElse(layers(section), List.of()),
                    orElse(grids(section), List.of()),
                    orElse(modes(section), List.of()),
                    orElse(weightings(section), List.of()),
                    orElse(objectives(section), List.of()));
            if (ExperimentKeys.SWEPT.stream().noneMatch(section::has)) {
                throw item.bad("lists no key and would leave out everything");
            }
            if (product.stream().noneMatch(exclusion::matches)) {
                throw item.bad("matches no point of the sweep; its values must be among those listed");
            }
            exclusions.add(exclusion);
        }
        return exclusions;
    }

    private static <T> List<T> orElse(@Nullable List<T> given, List<T> otherwise) {
        return given == null ? otherwise : given;
    }

    private static @Nullable List<RopeChoice> ropes(Section section) {
        Value value = section.optional("rope");
        return value == null ? null : Value.distinct(value.specs(), SweepReader::rope);
    }

    private static RopeChoice rope(Value item) {
        return item.text().equals(RopeChoice.OfCheckpoint.WORD)
                ? new RopeChoice.OfCheckpoint()
                : new RopeChoice.Given(spec(item, RopeScalingSpec::parse));
    }

    private static List<QuantizationSpec> quantizers(Value value) {
        return Value.distinct(value.specs(), item -> spec(item, QuantizationText::parse));
    }

    private static <T> T spec(Value item, Function<String, T> parse) {
        try {
            return parse.apply(item.text());
        } catch (BadInput | IllegalArgumentException e) {
            throw item.bad("is no valid spec: " + e.getMessage());
        }
    }

    private static @Nullable List<Integer> bands(Section section) {
        return wholeNumbers(section, "bands", 1, MAX_BANDS);
    }

    private static @Nullable List<LayerChoice> layers(Section section) {
        Value value = section.optional("layers");
        return value == null ? null : Value.distinct(value.items(), SweepReader::layers);
    }

    private static LayerChoice layers(Value item) {
        if (looksLikeNumber(item)) {
            return new LayerChoice(item.wholeNumber(1, LayerGroups.MAX_LAYERS));
        }
        if (!item.text().equals(LayerChoice.WORD)) {
            throw item.bad("is " + Source.quoted(item.text()) + "; it must be 'all', or how many layers share scales");
        }
        return LayerChoice.ALL;
    }

    private static @Nullable List<Integer> grids(Section section) {
        return wholeNumbers(section, "grid", MIN_GRID, MAX_GRID);
    }

    private static @Nullable List<Integer> wholeNumbers(Section section, String key, int least, int most) {
        Value value = section.optional(key);
        return value == null ? null : Value.distinct(value.items(), item -> item.wholeNumber(least, most));
    }

    private static @Nullable List<ScaleMode> modes(Section section) {
        Value value = section.optional("mode");
        List<String> words =
                List.of(ScaleMode.values()).stream().map(ScaleMode::word).toList();
        return value == null ? null : Value.distinct(value.items(), item -> ScaleMode.ofWord(item.choice(words)));
    }

    private @Nullable List<Weighting> weightings(Section section) {
        Value value = section.optional("weights");
        if (value == null) {
            return null;
        }
        List<Value> items = value.items();
        // [1, 2, 4] is one weighting, [length, [1, 2, 4]] are two: numbers stand only inside a weighting.
        boolean one = value.isScalar() || items.stream().allMatch(SweepReader::looksLikeNumber);
        return Value.distinct(one ? List.of(value) : items, this::weighting);
    }

    private static @Nullable List<Aim> objectives(Section section) {
        Value value = section.optional("objective");
        return value == null ? null : Value.distinct(value.specs(), item -> spec(item, Aim::parse));
    }

    private static boolean looksLikeNumber(Value item) {
        return item.node() instanceof YamlNode.Scalar scalar && scalar.text().matches("[-+.0-9].*");
    }

    private Weighting weighting(Value item) {
        if (item.isScalar()) {
            return item.choice(List.of(Weighting.ByLength.WORD, Weighting.Uniform.WORD))
                            .equals(Weighting.Uniform.WORD)
                    ? new Weighting.Uniform()
                    : new Weighting.ByLength();
        }
        List<Double> weights = item.items().stream()
                .map(weight -> weight.number(Range.above(0, 1e9)))
                .toList();
        if (weights.size() != lengths.size()) {
            throw item.bad(
                    "has " + weights.size() + " weights for " + lengths.size() + " lengths; give one per length");
        }
        return new Weighting.Given(weights);
    }
}
