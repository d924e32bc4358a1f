package qroar.workers.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The special tokens that {@code config.json} names. Many checkpoints name some that their vocabulary does not have (-1, ids of
 * another tokenizer); nothing of ours needs them as a rule, so they are set aside and refused where they are asked for.
 */
final class TokenIds {
    private static final int MAX_IDS = 64;

    private final JsonSection config;
    private final int vocabulary;
    private final Map<String, String> problems = new LinkedHashMap<>();

    TokenIds(JsonSection config, int vocabulary) {
        this.config = config;
        this.vocabulary = vocabulary;
    }

    /** The usable ids of a key that holds one or several. */
    List<Integer> of(String key) {
        List<Integer> usable = new ArrayList<>();
        if (!config.has(key)) {
            return usable;
        }
        boolean all = config.eachInteger(key, MAX_IDS, id -> {
            boolean known = id >= 0 && id < vocabulary;
            if (known) {
                usable.add((int) id);
            }
            return known;
        });
        if (!all) {
            problems.put(
                    key,
                    config.refuse(key, "must be a whole number from 0 to " + (vocabulary - 1))
                            .getMessage());
        }
        return usable;
    }

    /** One line per key that names something else than tokens of the vocabulary. */
    Map<String, String> problems() {
        return problems;
    }

    List<String> notes() {
        return problems.entrySet().stream()
                .map(problem -> problem.getValue() + "; passed over as long as nothing needs it")
                .toList();
    }
}
