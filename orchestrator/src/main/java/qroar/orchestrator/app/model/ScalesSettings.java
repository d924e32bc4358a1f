package qroar.orchestrator.app.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;

/**
 * Band scales as a person gave them.
 *
 * @param scales a sidecar's path, or a comma-separated list; null for none
 * @param bands of a list; null for as many as it has
 * @param mode of a list; null for {@code shared}
 * @param anyway whether a sidecar is used although it was found for something else
 */
public record ScalesSettings(
        @Nullable String scales,
        @Nullable Integer bands,
        @Nullable String mode,
        boolean anyway) {
    private static final String SIGNS_OF_NUMBERS = "-+.0123456789eE";

    /** @throws BadInput where something says how scales act and there are none */
    void requireNothingElse() {
        if (mode != null || bands != null || anyway) {
            String option = mode != null ? "--mode" : bands != null ? "--bands" : "--scales-anyway";
            throw new BadInput(option + " says how --scales act, which are not given");
        }
    }

    /** Numbers and commas only, a number first; anything else is a file's name. */
    boolean isList() {
        String given = scales;
        return given != null
                && !given.isEmpty()
                && given.charAt(0) != ','
                && given.chars().allMatch(c -> c == ',' || SIGNS_OF_NUMBERS.indexOf(c) >= 0);
    }

    /** @throws BadInput when it can be neither a sidecar nor a list */
    Path file() {
        String given = Objects.requireNonNull(scales);
        Path file = Path.of(given);
        if (given.isBlank() || (given.indexOf(',') >= 0 && !Files.exists(file))) {
            throw new BadInput("--scales '" + OneLine.value(given)
                    + "' is no list of numbers, one per band with a comma between two, and no file that is there");
        }
        return file;
    }

    /** @throws BadInput when it is no list of one positive number per band */
    BandScales list(int pairCount) {
        String given = Objects.requireNonNull(scales);
        double[] values = Arrays.stream(given.split(",", -1))
                .mapToDouble(ScalesSettings::number)
                .toArray();
        int wanted = bands == null ? values.length : bands;
        if (wanted < 1 || wanted > pairCount) {
            throw new BadInput(
                    "--bands " + wanted + " must lie between 1 and the " + pairCount + " RoPE pairs of the model");
        }
        if (values.length != wanted) {
            throw new BadInput("--scales " + OneLine.value(given) + " has " + values.length + " values for " + wanted
                    + " bands; give one per band");
        }
        return new BandScales(BandPartition.logSpaced(pairCount, wanted), scaleMode(), values);
    }

    private static double number(String word) {
        try {
            double value = Double.parseDouble(word);
            if (BandScales.canBeGiven(value)) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            throw new BadInput("--scales: '" + OneLine.value(word) + "' is no number", notANumber);
        }
        throw new BadInput("--scales: " + OneLine.value(word) + " must be positive, from " + BandScales.SMALLEST_GIVEN
                + " to " + 1 / BandScales.SMALLEST_GIVEN);
    }

    /** How they act. */
    ScaleMode scaleMode() {
        if (mode == null) {
            return ScaleMode.SHARED;
        }
        try {
            return ScaleMode.ofWord(mode);
        } catch (IllegalArgumentException unknown) {
            throw new BadInput("--mode: " + unknown.getMessage(), unknown);
        }
    }
}
