package qroar.protocol.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/**
 * All forms of a kind, the only list of them: what is understood, what is suggested and what help texts show follow from
 * it. A test of each kind holds the list against its sealed interface.
 */
public final class SpecForms<T> {
    private final String subject;
    private final Map<String, SpecForm<T>> byWord = new LinkedHashMap<>();
    private final Map<String, List<String>> optionNames = new LinkedHashMap<>();
    private final List<SpecOption> common;

    /**
     * @param subject what a spec describes, for messages
     * @param common options that every form takes after its own
     */
    public SpecForms(String subject, List<SpecForm<T>> forms, List<SpecOption> common) {
        this.subject = subject;
        this.common = List.copyOf(common);
        for (SpecForm<T> form : forms) {
            if (byWord.put(form.word(), form) != null) {
                throw new IllegalArgumentException("two forms of " + subject + " are called '" + form.word() + "'");
            }
            List<String> names = new ArrayList<>(form.optionNames());
            common.forEach(option -> names.add(option.name()));
            optionNames.put(form.word(), names);
        }
    }

    public List<SpecForm<T>> all() {
        return List.copyOf(byWord.values());
    }

    public List<SpecOption> common() {
        return common;
    }

    /**
     * @param build makes the whole value from the form that the word names and the options
     * @throws BadInput one line that names the option, its value and the limit
     */
    public <S> S parse(String text, BiFunction<SpecForm<T>, SpecReader, S> build) {
        SpecReader spec = SpecReader.read(subject, text, optionNames);
        SpecForm<T> form = byWord.get(spec.word());
        if (form == null) {
            throw new IllegalStateException("'" + spec.word() + "' was accepted though no form has it");
        }
        try {
            return build.apply(form, spec);
        } catch (IllegalArgumentException outOfRange) {
            throw spec.refuse(String.valueOf(outOfRange.getMessage()));
        }
    }

    /** What can be written, for a help text. */
    public String synopsis() {
        String forms = all().stream().map(SpecForm::synopsis).collect(Collectors.joining(", "));
        return common.isEmpty() ? forms : forms + ", each with " + commonSynopsis();
    }

    /** The options that every form takes after its own, in brackets; empty where there are none. */
    public String commonSynopsis() {
        return common.isEmpty()
                ? ""
                : common.stream()
                        .map(option -> option.name() + "=" + option.example())
                        .collect(Collectors.joining(",", "[", "]"));
    }
}
