package qroar.protocol.quantization;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/**
 * Quantization of cached keys and values per token and head, asymmetric with zero included.
 *
 * @param bits of values, and of keys where no band has its own
 * @param order whether keys are quantized before they are rotated or after it; values are not rotated
 * @param bandBits bits of the keys of each band, each with a grid of its own; empty for one grid over a whole head. Bands
 *     are log-spaced as a study's are, and their number need not be the study's
 * @param clip share of the values of a key's band that lie within its range: half of what is left, in whole values, is beyond at
 *     each end and clipped; 0 for no clipping
 * @param tails what both ends of each band's range are multiplied by, its tail inflation; one for a whole head, empty for ones.
 *     {@link #MEASURED} stands for those that a study measures before it quantizes, and is computed with nowhere
 */
public record KeyValueQuantization(int bits, Order order, List<Integer> bandBits, double clip, List<Double> tails) {
    /** Bands that can have a grid of their own. */
    public static final int MAX_BANDS = 64;

    /** No number that a tail may be. */
    public static final List<Double> MEASURED = List.of(Double.NaN);

    private static final String AUTO = "auto";
    static final double MAX_TAIL = 100;
    private static final double TAIL_STEPS = 1000;
    private static final List<String> ORDERS =
            Arrays.stream(Order.values()).map(Order::word).toList();

    private static final SpecRange CLIP_RANGE = SpecRange.number(0.5, 1);
    private static final SpecRange TAIL_RANGE = SpecRange.numberOfEachBand(1, MAX_TAIL, AUTO);

    static final List<SpecOption> OPTIONS = List.of(
            SpecOption.elective("kv-bits", QuantizationLimits.BIT_RANGE, "4", "keys and values in full precision"),
            SpecOption.optional("kv-order", SpecRange.words(ORDERS.toArray(String[]::new)), Order.POST_ROPE.word()),
            SpecOption.elective("kv-bands", QuantizationLimits.BITS_OF_EACH_BAND, "8/4", "kv-bits, one grid per head"),
            SpecOption.elective("kv-clip", CLIP_RANGE, "0.9", "the whole range of keys"),
            SpecOption.elective("kv-tails", TAIL_RANGE, "1.5/1.25", "1 for each band"));

    /** When keys are quantized. */
    public enum Order {
        /** As they are cached, rotated. */
        POST_ROPE("post-rope"),
        /** As they come, times their band scales; rotated after de-quantization (KVQuant, Hooper et al. 2024). */
        PRE_ROPE("pre-rope");

        private final String word;

        Order(String word) {
            this.word = word;
        }

        /** The value of the option {@code kv-order}. */
        public String word() {
            return word;
        }
    }

    public KeyValueQuantization {
        QuantizationLimits.bits("kv-bits", bits);
        bandBits = List.copyOf(bandBits);
        tails = List.copyOf(tails);
        for (int each : bandBits) {
            QuantizationLimits.bits("kv-bands", each);
        }
        if (bandBits.size() == 1 || bandBits.size() > MAX_BANDS) {
            throw new IllegalArgumentException(
                    "kv-bands=" + joined(bandBits) + " must have 2 to " + MAX_BANDS + " bands");
        }
        if (tails.size() > MAX_BANDS) {
            throw new IllegalArgumentException("kv-tails has " + tails.size() + " bands; at most " + MAX_BANDS);
        }
        if (clip != 0 && !(clip >= CLIP_RANGE.least() && clip <= CLIP_RANGE.most())) {
            throw new IllegalArgumentException("kv-clip=" + SpecWriter.number(clip) + " must lie in " + CLIP_RANGE);
        }
        for (double tail : tails.equals(MEASURED) ? List.<Double>of() : tails) {
            if (!(tail >= TAIL_RANGE.least() && tail <= TAIL_RANGE.most())) {
                throw new IllegalArgumentException("kv-tails=" + SpecWriter.number(tail) + " must lie in "
                        + SpecWriter.number(TAIL_RANGE.least()) + " to " + SpecWriter.number(MAX_TAIL));
            }
        }
        if (!tails.isEmpty() && clip == 0) {
            throw new IllegalArgumentException("kv-tails=" + written(tails) + " needs kv-clip, from 0.5 to 1");
        }
        if (!tails.isEmpty() && !tails.equals(MEASURED) && !bandBits.isEmpty() && tails.size() != bandBits.size()) {
            throw new IllegalArgumentException("kv-tails=" + joined(tails) + " has " + tails.size()
                    + " bands, kv-bands=" + joined(bandBits) + " has " + bandBits.size());
        }
    }

    /** After rotation, one grid for a head. */
    public static KeyValueQuantization of(int bits) {
        return new KeyValueQuantization(bits, Order.POST_ROPE, List.of(), 0, List.of());
    }

    /** Grids of a key; 1 where it has one for a whole head. */
    public int bands() {
        return Math.max(1, Math.max(bandBits.size(), tails.size()));
    }

    /** @throws BadInput for more bands than a head has rotary pairs */
    public void requirePairs(int pairs) {
        if (bands() > pairs) {
            throw new BadInput("quantization: " + (bandBits.isEmpty() ? "kv-tails" : "kv-bands") + " has " + bands()
                    + " bands; a head of the model has " + pairs + " rotary pairs");
        }
    }

    /** Whether keys have anything but one grid over all of a head's values. */
    public boolean isByBand() {
        return bands() > 1 || clip != 0;
    }

    /** Bits of a key's band. */
    public int bitsOf(int band) {
        return bandBits.isEmpty() ? bits : bandBits.get(band);
    }

    /** Whether a study has to measure the tails before anything can be computed with it. */
    public boolean awaitsTails() {
        return tails.equals(MEASURED);
    }

    /** The same with other tails. */
    public KeyValueQuantization withTails(List<Double> others) {
        return new KeyValueQuantization(bits, order, bandBits, clip, others);
    }

    /**
     * A tail as it is written where it was measured: to three decimals, within what a tail may be, 1 where it is not known. The
     * last digits, which differ between machines, would be another quantizer.
     */
    public static double roundedTail(double ratio) {
        return Double.isNaN(ratio)
                ? 1
                : Math.max(TAIL_RANGE.least(), Math.min(MAX_TAIL, Math.rint(ratio * TAIL_STEPS) / TAIL_STEPS));
    }

    /** What the ends of a band's range are multiplied by. */
    public double tailOf(int band) {
        if (awaitsTails()) {
            throw new IllegalStateException("kv-tails=" + AUTO + " was not measured");
        }
        return tails.isEmpty() ? 1 : tails.get(band);
    }

    /** Null where the spec asks for none. */
    static @Nullable KeyValueQuantization read(SpecReader spec) {
        String order = spec.choice("kv-order", ORDERS, Order.POST_ROPE.word());
        if (!spec.has("kv-bits")) {
            for (SpecOption option : OPTIONS) {
                if (spec.has(option.name())) {
                    throw spec.refuse(option.name() + " needs kv-bits, from 2 to 8");
                }
            }
            return null;
        }
        int bits = spec.integer("kv-bits");
        if (bits == 0) {
            throw spec.refuse("kv-bits=0 must lie in 2 to 8; leave it out for full precision");
        }
        double clip = spec.number("kv-clip", 0);
        if (spec.has("kv-clip") && clip == 0) {
            throw spec.refuse("kv-clip=0 must lie in " + CLIP_RANGE);
        }
        return new KeyValueQuantization(
                bits,
                Order.values()[ORDERS.indexOf(order)],
                spec.has("kv-bands") ? spec.integersOfBands("kv-bands") : List.of(),
                clip,
                !spec.has("kv-tails")
                        ? List.of()
                        : spec.isWord("kv-tails", AUTO) ? MEASURED : spec.numbersOfBands("kv-tails"));
    }

    void write(SpecWriter text) {
        text.option("kv-bits", bits).optionUnless(Order.POST_ROPE.word(), "kv-order", order.word());
        if (!bandBits.isEmpty()) {
            text.option("kv-bands", joined(bandBits));
        }
        text.optionUnless(0, "kv-clip", clip);
        if (!tails.isEmpty()) {
            text.option("kv-tails", written(tails));
        }
    }

    private static String written(List<Double> tails) {
        return tails.equals(MEASURED) ? AUTO : joined(tails);
    }

    private static String joined(List<? extends Number> numbers) {
        return numbers.stream()
                .map(number -> SpecWriter.number(number.doubleValue()))
                .collect(Collectors.joining("/"));
    }

    /** For ids of studies: {@code -kv8}, {@code -kv8pre-8-4-clip0-9-1-5-1-25}. */
    String briefName() {
        String bands = bandBits.isEmpty() ? "" : "-" + joined(bandBits);
        String clipped = clip == 0 ? "" : "-clip" + SpecWriter.number(clip);
        String widened = tails.isEmpty() ? "" : "-" + written(tails);
        return "-kv" + bits + (order == Order.PRE_ROPE ? "pre" : "")
                + (bands + clipped + widened).replaceAll("[^0-9a-z]", "-");
    }
}
