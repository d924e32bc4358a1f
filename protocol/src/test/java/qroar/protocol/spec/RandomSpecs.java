package qroar.protocol.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import qroar.protocol.BadInput;

/** Specs of every form of a kind, made from the forms alone: a new form or option is drawn without a change here. */
public final class RandomSpecs {
    private RandomSpecs() {}

    /** A value that its kind accepts; what the ranges allow and a value's own rules refuse is drawn again. */
    public static <T> T next(Random random, SpecForms<?> forms, Function<String, T> parse) {
        for (int attempt = 0; attempt < 1000; attempt++) {
            try {
                return parse.apply(text(random, forms));
            } catch (BadInput ruledOut) {
                // Options that do not go together: lists of two lengths, bounds the wrong way round.
            }
        }
        throw new AssertionError("a thousand specs in a row were refused");
    }

    /** Within all ranges, so that some values coincide. */
    public static String text(Random random, SpecForms<?> forms) {
        SpecForm<?> form = forms.all().get(random.nextInt(forms.all().size()));
        List<SpecOption> options = new ArrayList<>(form.options());
        options.addAll(forms.common());
        String given = options.stream()
                .filter(option -> option.presence() != SpecOption.Presence.OPTIONAL || random.nextBoolean())
                .map(option -> option.name() + "=" + value(random, option.range()))
                .collect(Collectors.joining(","));
        return given.isEmpty() ? form.word() : form.word() + ":" + given;
    }

    private static String value(Random random, SpecRange range) {
        return switch (range.kind()) {
            case WORD -> range.words().get(random.nextInt(range.words().size()));
            case WHOLE ->
                Long.toString(
                        (long) range.least() + random.nextInt((int) Math.min(7, range.most() - range.least() + 1)));
            case NUMBER, ABOVE ->
                !range.words().isEmpty() && random.nextInt(4) == 0
                        ? range.words().get(random.nextInt(range.words().size()))
                        : number(random, range);
            case WHOLE_OF_EACH_BAND ->
                bands(
                        random,
                        () -> Integer.toString(
                                (int) range.least() + random.nextInt((int) (range.most() - range.least()) + 1)));
            case NUMBER_OF_EACH_BAND ->
                !range.words().isEmpty() && random.nextInt(4) == 0
                        ? range.words().get(random.nextInt(range.words().size()))
                        : bands(random, () -> number(random, range));
            case NUMBERS ->
                IntStream.range(0, 1 + random.nextInt(3))
                        .mapToObj(i -> number(random, range))
                        .collect(Collectors.joining(";"));
        };
    }

    private static String bands(Random random, Supplier<String> value) {
        return IntStream.range(0, 2 + random.nextInt(2))
                .mapToObj(i -> value.get())
                .collect(Collectors.joining("/"));
    }

    private static String number(Random random, SpecRange range) {
        double value = random.nextBoolean() ? 0.25 * (1 << random.nextInt(6)) : 10 * random.nextDouble();
        double above = range.kind() == SpecRange.Kind.NUMBER || range.kind() == SpecRange.Kind.NUMBER_OF_EACH_BAND
                ? range.least()
                : range.least() + 1e-3;
        return SpecWriter.number(Math.min(range.most(), Math.max(above, value)));
    }
}
