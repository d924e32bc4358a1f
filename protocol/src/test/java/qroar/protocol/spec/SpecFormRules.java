package qroar.protocol.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecOption.Presence;
import qroar.protocol.spec.SpecRange.Kind;

/** What holds of every form of every kind; a test per kind calls these. */
public final class SpecFormRules {
    private SpecFormRules() {}

    /** A variant without a form is a sealed type that no spec can name. */
    public static void listIsComplete(SpecForms<?> forms, Class<?> sealed) {
        assertThat(forms.all().stream().map(SpecForm::type).collect(Collectors.<Class<?>>toList()))
                .as("forms of " + sealed.getSimpleName())
                .containsExactlyInAnyOrderElementsOf(List.of(sealed.getPermittedSubclasses()));
    }

    /** Reading what was written gives the value again, and only equal values have equal text. */
    public static <T> void textIsTheValue(
            SpecForms<?> forms, Function<String, T> parse, Function<T, String> format, long seed) {
        Random random = new Random(seed);
        Map<String, T> byText = new HashMap<>();
        Map<T, String> byValue = new HashMap<>();
        int drawn = 1000 * forms.all().size();
        for (int i = 0; i < drawn; i++) {
            T value = RandomSpecs.next(random, forms, parse);
            String text = format.apply(value);
            assertThat(parse.apply(text)).as("seed " + seed).isEqualTo(value);
            assertThat(byText.computeIfAbsent(text, t -> value))
                    .as("seed " + seed)
                    .isEqualTo(value);
            assertThat(byValue.computeIfAbsent(value, v -> text))
                    .as("seed " + seed)
                    .isEqualTo(text);
        }
        assertThat(byText.size()).as("values that coincide").isBetween(drawn / 10, drawn - 1);
    }

    /** Numbers at the ends of an option's range are taken, and those just beyond are refused by name. */
    public static void rangesAreThoseThatAreChecked(SpecForms<?> forms, Function<String, ?> parse) {
        for (SpecForm<?> form : forms.all()) {
            List<SpecOption> options = new ArrayList<>(form.options());
            options.addAll(forms.common());
            for (SpecOption option : options) {
                for (double beyond : beyond(option.range())) {
                    String text = with(form, options, option, SpecWriter.number(beyond));
                    assertThatThrownBy(() -> parse.apply(text))
                            .as(text)
                            .isInstanceOf(BadInput.class)
                            .hasMessageContaining(option.name());
                }
                if (option.range().kind() == Kind.WORD) {
                    assertThatThrownBy(() -> parse.apply(with(form, options, option, "nonsense")))
                            .isInstanceOf(BadInput.class)
                            .hasMessageContaining(option.name() + "=nonsense must be " + option.range());
                    option.range()
                            .words()
                            .forEach(word -> assertThat(parse.apply(with(form, options, option, word)))
                                    .isNotNull());
                } else if (option.range().kind() == Kind.WHOLE || option.range().kind() == Kind.NUMBER) {
                    String least = SpecWriter.number(option.range().least());
                    assertThat(parse.apply(with(form, options, option, least))).isNotNull();
                }
            }
        }
    }

    private static double[] beyond(SpecRange range) {
        return switch (range.kind()) {
            case WORD -> new double[0];
            case WHOLE, WHOLE_OF_EACH_BAND -> new double[] {range.least() - 1, range.most() + 1};
            case NUMBER, NUMBER_OF_EACH_BAND -> new double[] {Math.nextDown(range.least()), Math.nextUp(range.most())};
            case ABOVE, NUMBERS -> new double[] {range.least() - 1e-9, Math.nextUp(range.most())};
        };
    }

    /** What an option is said to mean when it is left out is what it means. */
    public static <T> void whatIsLeftOutHasItsDefault(SpecForms<?> forms, Function<String, T> parse) {
        for (SpecForm<?> form : forms.all()) {
            for (SpecOption option : form.options()) {
                if (option.presence() == Presence.REQUIRED) {
                    assertThatThrownBy(() -> parse.apply(without(form, option)))
                            .isInstanceOf(BadInput.class)
                            .hasMessageContaining("option '" + option.name() + "' is missing");
                } else if (option.example().equals(option.otherwise())) {
                    assertThat(parse.apply(without(form, option)))
                            .as(form.word() + " without " + option.name())
                            .isEqualTo(parse.apply(with(form, form.options(), option, option.example())));
                }
            }
        }
    }

    /** The examples of help texts can be typed. */
    public static void examplesAreUnderstood(SpecForms<?> forms, Function<String, ?> parse) {
        for (SpecForm<?> form : forms.all()) {
            assertThat(form.help()).as(form.word()).isNotBlank().doesNotEndWith(".");
            assertThat(parse.apply(joined(form, form.options(), null, ""))).isNotNull();
        }
    }

    private static String with(SpecForm<?> form, List<SpecOption> options, SpecOption changed, String value) {
        return joined(form, options, changed, value);
    }

    private static String without(SpecForm<?> form, SpecOption left) {
        return joined(form, form.options().stream().filter(o -> o != left).toList(), left, "");
    }

    private static String joined(
            SpecForm<?> form, List<SpecOption> options, @Nullable SpecOption changed, String value) {
        String given = options.stream()
                .map(option -> option.name() + "=" + (option == changed ? value : option.example()))
                .collect(Collectors.joining(","))
                .replace(";..", "");
        return given.isEmpty() ? form.word() : form.word() + ":" + given;
    }
}
