package qroar.experiments.definition;

import java.util.List;
import java.util.Set;
import qroar.experiments.definition.yaml.Assignment;
import qroar.experiments.definition.yaml.YamlNode;

/**
 * Keys that the command line gives in the file's stead, as {@code KEY=VALUE} with dots between nested keys.
 *
 * @param words as typed
 */
public record Overrides(List<String> words) {
    /** The file as it is. */
    public static final Overrides NONE = new Overrides(List.of());

    private static final Assignment.Commas COMMAS = new Assignment.Commas(
            Set.of("lengths", "held-out.lengths", "bands", "grid", "mode", "weights", "controls"),
            Set.of("rope", "quantizer"));

    public Overrides {
        words = List.copyOf(words);
    }

    /** @throws qroar.protocol.BadInput for a word that is none */
    List<Assignment> assignments() {
        return Assignment.all(words, COMMAS);
    }

    static YamlNode.Mapping apply(YamlNode.Mapping file, List<Assignment> assignments) {
        YamlNode.Mapping tree = file;
        for (Assignment each : assignments) {
            tree = each.in(tree);
        }
        return tree;
    }
}
