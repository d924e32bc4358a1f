package qroar.protocol.spec;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes the canonical text of a spec: options in a fixed order, those at their default left out. */
public final class SpecWriter {
    private static final int PLAIN_CHARS = 20;

    private final StringBuilder text;
    private boolean hasOptions;

    public SpecWriter(String word) {
        text = new StringBuilder(word);
    }

    public SpecWriter option(String name, String value) {
        text.append(hasOptions ? ',' : ':').append(name).append('=').append(value);
        hasOptions = true;
        return this;
    }

    public SpecWriter option(String name, double value) {
        return option(name, number(value));
    }

    public SpecWriter option(String name, double[] values) {
        return option(name, Arrays.stream(values).mapToObj(SpecWriter::number).collect(Collectors.joining(";")));
    }

    /** Left out when null. */
    public SpecWriter optionUnlessNull(String name, @Nullable Number value) {
        return value == null ? this : option(name, value.doubleValue());
    }

    /** Left out when it has its default. */
    public SpecWriter optionUnless(String otherwise, String name, String value) {
        return value.equals(otherwise) ? this : option(name, value);
    }

    /** Left out when it has its default. */
    public SpecWriter optionUnless(double otherwise, String name, double value) {
        return value == otherwise ? this : option(name, value);
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /**
     * The number rounded to the fewest digits that read back as exactly it; 4.0 is {@code 4}. Found by trying, because
     * {@link Double#toString} before Java 19 is not always the shortest and one value must have one text on every Java.
     *
     * @throws IllegalArgumentException for NaN and infinity, which have no text
     */
    public static String number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(value + " has no text in a spec");
        }
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = exact;
        for (int digits = 1; digits <= 17; digits++) {
            shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (shortest.doubleValue() == value) {
                break;
            }
        }
        shortest = shortest.stripTrailingZeros();
        String plain = Math.abs(shortest.scale()) > 400 ? "" : shortest.toPlainString();
        return plain.length() <= PLAIN_CHARS && !plain.isEmpty() ? plain : shortest.toString();
    }
}
