package qroar.protocol.quantization;

import java.util.List;
import java.util.stream.IntStream;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecWriter;

/**
 * NormalFloat of 4 bits (Dettmers et al. 2023): the nearest of 16 quantiles of a normal distribution, times the largest
 * magnitude of a block. As bitsandbytes has it, a block is a run of {@code block} weights of the flattened matrix: where it
 * does not divide the columns it goes on in the next row. The factors of blocks are float32, or with {@code isDouble} rounded to
 * 8 bits in runs of 256 blocks (double quantization).
 */
public record Nf4Quantization(int block, boolean isDouble) implements WeightQuantization {
    private static final int BITS = 4;
    /** The sizes that bitsandbytes has kernels for. */
    private static final List<String> BLOCKS = IntStream.rangeClosed(5, 12)
            .mapToObj(power -> Integer.toString(1 << power))
            .toList();

    private static final SpecOption BLOCK =
            SpecOption.stated("block", SpecRange.words(BLOCKS.toArray(String[]::new)), "64");

    private static final SpecOption DOUBLE = SpecOption.optional("double", SpecRange.flag(), "false");

    static final SpecForm<WeightQuantization> FORM = new SpecForm<>(
            Nf4Quantization.class,
            "nf4",
            "NormalFloat of 4 bits (Dettmers et al. 2023), in blocks along the flattened matrix as bitsandbytes has them; double=true rounds their factors to 8 bits too",
            List.of(BLOCK, DOUBLE),
            spec -> new Nf4Quantization(
                    Integer.parseInt(spec.choice("block", BLOCKS, BLOCK.example())), spec.flag("double", false)));

    public Nf4Quantization {
        if (!BLOCKS.contains(Integer.toString(block))) {
            throw new IllegalArgumentException("block=" + block + " must be " + BLOCK.range());
        }
    }

    @Override
    public SpecForm<WeightQuantization> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("block", block).optionUnless("false", "double", Boolean.toString(isDouble));
    }

    @Override
    public String briefName() {
        return "nf4-b" + block + (isDouble ? "-dq" : "");
    }

    @Override
    public int bits() {
        return BITS;
    }

    /** Blocks follow no columns. */
    @Override
    public int group() {
        return 0;
    }

    @Override
    public boolean isEvenlySpaced() {
        return false;
    }

    @Override
    public boolean isCalibrated() {
        return false;
    }
}
