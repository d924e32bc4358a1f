package qroar.protocol.spec;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import qroar.protocol.spec.SpecOption.Presence;

/**
 * How one variant is written: its word and options, and how they become a value.
 *
 * @param <T> the kind: a sealed interface whose variants each have one form
 * @param type the variant
 * @param word starts the spec
 * @param help what it does, in one line without a full stop
 * @param options in the order of canonical text
 * @param reader makes the value; ranges are checked by the value itself
 */
public record SpecForm<T>(
        Class<? extends T> type,
        String word,
        String help,
        List<SpecOption> options,
        Function<SpecReader, ? extends T> reader) {
    public SpecForm {
        options = List.copyOf(options);
    }

    List<String> optionNames() {
        return options.stream().map(SpecOption::name).toList();
    }

    /** @throws IllegalArgumentException naming the option that is out of range */
    public T read(SpecReader spec) {
        return reader.apply(spec);
    }

    /** An example with what may be added in brackets: {@code linear:factor=4}, {@code awq:bits=4,group=128[,clip=true]}. */
    public String synopsis() {
        String shown = joined(false);
        String more = joined(true);
        String needed = shown.isEmpty() ? word : word + ":" + shown;
        return more.isEmpty() ? needed : needed + "[" + (shown.isEmpty() ? ":" : ",") + more + "]";
    }

    private String joined(boolean optional) {
        return options.stream()
                .filter(option -> (option.presence() == Presence.OPTIONAL) == optional)
                .map(option -> option.name() + "=" + option.example())
                .collect(Collectors.joining(","));
    }
}
