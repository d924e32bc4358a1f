package qroar.workers.tensors;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.Printable;

/**
 * Finds tensors under transformers' names whatever they are stored as: a module saved while torch.compile, DDP or FSDP wrapped
 * it has a prefix more, a decoder saved without its head has {@code model.} less (transformers reads such files as well).
 * A name that is there as it should be is never looked for otherwise.
 */
final class StoredNames {
    /** Every decoder has it; what stands before it is what names begin with. */
    private static final String ANCHOR = "layers.0.input_layernorm.weight";

    private static final String MODEL = "model.";
    /** What peft puts in front. */
    private static final String ADAPTED = "base_model.model.";
    /** Wrappers anywhere in a name. */
    private static final Pattern WRAPPERS =
            Pattern.compile("(?<=^|\\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)\\.");

    /** Wrappers in front only: inside a model these words may be names of its own. */
    private static final List<String> FRONT = List.of("module.", ADAPTED);

    private static final Pattern ADAPTER = Pattern.compile(".*\\.(lora_[A-Za-z_]+|base_layer)\\..*");

    private final Set<String> stored;
    private final Map<String, List<String>> unwrapped = new HashMap<>();
    private final Set<String> prefixes = new TreeSet<>();
    private final boolean withoutModel;

    private StoredNames(Collection<String> names) {
        stored = new TreeSet<>(names);
        for (String name : stored) {
            String plain = unwrapped(name);
            if (!plain.equals(name)) {
                prefixes.add(prefix(name, plain));
            }
            unwrapped.computeIfAbsent(plain, p -> new ArrayList<>()).add(name);
        }
        withoutModel = !unwrapped.containsKey(MODEL + ANCHOR) && unwrapped.containsKey(ANCHOR);
    }

    static StoredNames of(Collection<String> names) {
        return new StoredNames(names);
    }

    private static String unwrapped(String name) {
        String plain = WRAPPERS.matcher(name).replaceAll("");
        for (String front : FRONT) {
            while (plain.startsWith(front)) {
                plain = plain.substring(front.length());
            }
        }
        return plain;
    }

    private static String prefix(String name, String plain) {
        Matcher wrapper = WRAPPERS.matcher(name);
        return name.endsWith(plain)
                ? name.substring(0, name.length() - plain.length())
                : wrapper.find() ? wrapper.group() : "";
    }

    /**
     * The name under which a tensor is stored; null where it is not.
     *
     * @throws IllegalArgumentException where two stored tensors could be meant
     */
    @Nullable String of(String name) {
        if (stored.contains(name)) {
            return name;
        }
        boolean insideModel = withoutModel && name.startsWith(MODEL);
        List<String> candidates =
                unwrapped.getOrDefault(insideModel ? name.substring(MODEL.length()) : name, List.of());
        if (candidates.size() > 1) {
            throw new IllegalArgumentException("tensor '" + name + "' may be '" + Printable.text(candidates.get(0))
                    + "' or '" + Printable.text(candidates.get(1)) + "'");
        }
        return candidates.isEmpty() ? null : candidates.get(0);
    }

    /** A stored name that ends like the one that is missing, with what stands before it; for a message. */
    @Nullable String similar(String name) {
        String inside = name.startsWith(MODEL) ? name.substring(MODEL.length()) : name;
        return stored.stream()
                .filter(other -> other.endsWith("." + inside))
                .findFirst()
                .orElse(null);
    }

    /**
     * What was done to names, for people; empty where they are transformers' own.
     *
     * @param source the file or index that they are from
     * @throws BadInput for a wrapped model with an adapter that is not part of its weights yet
     */
    List<String> notes(Object source) {
        List<String> notes = new ArrayList<>();
        List<String> adapters =
                stored.stream().filter(name -> ADAPTER.matcher(name).matches()).toList();
        if (!adapters.isEmpty()) {
            String first = "'" + Printable.text(adapters.get(0)) + "'";
            if (prefixes.contains(ADAPTED)) {
                throw new BadInput(source + ": tensor " + first
                        + " is an adapter's; merge the adapter into its model first" + " (peft: merge_and_unload)");
            }
            notes.add(source + ": " + adapters.size() + " tensors of an adapter, the first " + first
                    + ", are left out, as transformers does");
        }
        if (!stored.contains(MODEL + ANCHOR) && !prefixes.isEmpty()) {
            notes.add(source + ": names of tensors have the prefix '" + String.join("' or '", prefixes)
                    + "' of a wrapped module; read without it");
        }
        if (withoutModel) {
            notes.add(source + ": names of tensors lack '" + MODEL + "' in front; read as those of a decoder saved"
                    + " without its head");
        }
        return notes;
    }
}
