package qroar.workers.stored;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.workers.config.ConfigReader;
import qroar.workers.config.JsonSection;
import qroar.workers.packed.CompressedLayout;
import qroar.workers.packed.Grids;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.TensorFiles;
import qroar.workers.tensors.TensorPart;

/**
 * compressed-tensors (llm-compressor) in its format {@code pack-quantized}: groups of settings, each for the linears that its
 * targets name; see {@link CompressedLayout}. Activations stay as they are.
 */
record CompressedCheckpoint(List<Settings> groups) implements StoredQuantization {
    static final String METHOD = "compressed-tensors";

    static final String FORMAT = "pack-quantized";
    private static final int MAX_TARGETS = 100_000;

    CompressedCheckpoint {
        groups = List.copyOf(groups);
    }

    static CompressedCheckpoint read(JsonSection section) {
        for (String key : new String[] {"kv_cache_scheme", "transform_config"}) {
            JsonSection scheme = section.section(key);
            if (scheme != null && !scheme.keys().isEmpty()) {
                throw section.refuse(key, "compressed-tensors checkpoints with it are not supported");
            }
        }
        JsonSection sparsity = section.section("sparsity_config");
        String sparse = sparsity == null ? null : sparsity.text("format");
        if (sparsity != null && sparse != null && !sparse.equals("dense")) {
            throw sparsity.refuse("format", "sparse checkpoints are not supported");
        }
        JsonSection all = section.section("config_groups");
        if (all == null) {
            throw section.refuse("config_groups", "must have the settings of the quantized linears");
        }
        List<Settings> groups = new ArrayList<>();
        for (String name : all.keys()) {
            JsonSection group = all.section(name);
            if (group == null) {
                throw all.refuse(name, "must be an object");
            }
            requireFormat(group.has("format") ? group : section);
            groups.add(Settings.read(group));
        }
        return new CompressedCheckpoint(groups);
    }

    private static void requireFormat(JsonSection section) {
        String format = section.text("format");
        if (format != null && !format.equals(FORMAT)) {
            throw section.refuse("format", "compressed-tensors checkpoints are supported in the format " + FORMAT);
        }
    }

    /**
     * @param targets class names, module names, or regular expressions after {@code re:}
     * @param group input columns of a scale; 0 for the whole row
     */
    record Settings(List<String> targets, CompressedLayout layout, boolean symmetric, int group) {
        Settings {
            targets = List.copyOf(targets);
        }

        static Settings read(JsonSection group) {
            for (String key : new String[] {"input_activations", "output_activations"}) {
                if (group.has(key)) {
                    throw group.refuse(key, "checkpoints whose activations are quantized are not supported");
                }
            }
            JsonSection weights = group.section("weights");
            if (weights == null) {
                throw group.refuse("weights", "must be an object");
            }
            String type = weights.text("type");
            if (type != null && !type.equals("int")) {
                throw weights.refuse("type", "compressed-tensors checkpoints are supported with integer codes: int");
            }
            return new Settings(
                    group.texts("targets", MAX_TARGETS),
                    new CompressedLayout(weights.integer("num_bits", 2, 8)),
                    weights.flag("symmetric", true),
                    columns(weights));
        }

        private static int columns(JsonSection weights) {
            String strategy = weights.text("strategy");
            if ("channel".equals(strategy)) {
                return 0;
            }
            if (strategy == null || strategy.equals("group")) {
                int group = weights.integer("group_size", -1, ConfigReader.MAX_WIDTH);
                if (group == 0) {
                    throw weights.refuse("group_size", "must be a number of columns, or -1 for the whole row");
                }
                return Math.max(0, group);
            }
            throw weights.refuse("strategy", "compressed-tensors checkpoints are supported with: group, channel");
        }

        boolean covers(String module) {
            return targets.stream()
                    .anyMatch(target -> target.equals("Linear")
                            || target.equals(module)
                            || target.startsWith("re:") && matches(target.substring("re:".length()), module));
        }

        /** Python's re.match: from the beginning, not to the end. */
        private static boolean matches(String expression, String module) {
            try {
                return Pattern.compile(expression)
                        .matcher(new PatientText(module))
                        .lookingAt();
            } catch (PatternSyntaxException e) {
                return false;
            }
        }

        String text() {
            return "bits=" + layout.bits() + ",group=" + group;
        }
    }

    /** A text that a regular expression out of a file may look at so often and no more. */
    private static final class PatientText implements CharSequence {
        private static final int LOOKS = 1_000_000;

        private final String text;
        private int looks;

        PatientText(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++looks > LOOKS) {
                throw new PatternSyntaxException("takes too many steps", text, -1);
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    @Override
    public String text() {
        return METHOD + ":" + groups.stream().map(Settings::text).distinct().collect(Collectors.joining("|"));
    }

    @Override
    public @Nullable PackedTensor find(TensorFiles files, String module, int out, int in) {
        TensorPart packed = files.part(module + ".weight_packed");
        if (packed == null) {
            return null;
        }
        Settings settings = groups.stream()
                .filter(each -> each.covers(module))
                .findFirst()
                .orElseThrow(() ->
                        packed.problem("is there, but no target of " + KEY + ".config_groups in config.json names it"));
        CompressedLayout layout = settings.layout();
        int columns = settings.group() == 0 ? in : settings.group();
        int scaleGroups = (in + columns - 1) / columns;
        int codes = layout.codesPerWord();
        packed.checked("I32", out, (in + codes - 1) / codes);
        TensorPart scales = files.requiredPart(module + ".weight_scale").checkedFloats(out, scaleGroups);
        List<TensorPart> parts = new ArrayList<>(List.of(packed, scales));
        TensorPart zeros = settings.symmetric() ? null : files.requiredPart(module + ".weight_zero_point");
        if (zeros != null) {
            parts.add(zeros.checked("I32", (out + codes - 1) / codes, scaleGroups));
        }
        TensorPart order = files.part(module + ".weight_g_idx");
        if (order != null) {
            parts.add(order.checked("I32", in));
        }
        return new PackedLinear(
                module + ".weight",
                out,
                in,
                METHOD + ":" + settings.text(),
                new Grids(
                        layout.bits(),
                        settings.group(),
                        PackedLinear.columns(order),
                        zeros == null ? Grids.Zeros.MIDDLE : Grids.Zeros.ANYWHERE),
                order,
                parts,
                scales.rowFactors(i -> (int) (i / scaleGroups)),
                () -> layout.unpack(
                        packed.integers(),
                        scales.floats(),
                        zeros == null ? null : zeros.integers(),
                        groupOfColumn(order, in, columns, scaleGroups),
                        out,
                        in,
                        scaleGroups));
    }

    /** A stored order of nothing but -1 is one that was never set. */
    private static int[] groupOfColumn(@Nullable TensorPart order, int in, int columns, int groups) {
        if (order == null || Arrays.stream(order.integers()).allMatch(group -> group == -1)) {
            return PackedLinear.groupsInOrder(in, columns);
        }
        return PackedLinear.checkedGroups(order, groups);
    }
}
