package qroar.workers.gguf;

import java.nio.ByteBuffer;
import qroar.protocol.BadInput;
import qroar.workers.packed.Float16;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;

/** Integer codes in the blocks of 32 columns that hold them as they are: Q4_0, Q4_1, Q8_0. */
public final class BlockPacking {
    private static final int COLUMNS = 32;
    /** The middle of four bits, which Q4_0 subtracts. */
    private static final int MIDDLE = 8;

    private double largest;

    /**
     * The smallest format that holds the codes.
     *
     * @param linear to name in a message
     * @throws BadInput when none does
     */
    public static BlockFormat formatOf(String linear, int in, Grids grids) {
        if (grids.columns() == Grids.Columns.REORDERED) {
            throw new BadInput("--format gguf cannot say that groups follow another order than that of the columns, as"
                    + " act-order without static-groups makes them");
        }
        if (in % COLUMNS != 0 || grids.group() % COLUMNS != 0) {
            throw new BadInput("--format gguf has one scale for each " + COLUMNS + " columns: groups of "
                    + (grids.group() == 0 ? "a row" : grids.group()) + " and the " + in + " columns of '" + linear
                    + "' have to be multiples of that");
        }
        boolean middle = grids.zeros() == Grids.Zeros.MIDDLE;
        int farthest = middle ? 1 << grids.bits() - 1 : (1 << grids.bits()) - 1;
        if (farthest < MIDDLE || middle && farthest == MIDDLE) {
            return BlockFormat.Q4_0;
        }
        if (grids.bits() <= 4) {
            return BlockFormat.Q4_1;
        }
        if (farthest <= Byte.MAX_VALUE || middle) {
            return BlockFormat.Q8_0;
        }
        throw new BadInput("--format gguf has no blocks for codes of " + grids.bits()
                + " bits with zero points of their" + " own: at most 7 bits, or gptq with sym=true");
    }

    /** Largest rounding of a scale or an offset so far, as a share of it. */
    public double largestRounding() {
        return largest;
    }

    /** All rows. */
    public ByteBuffer pack(GroupCodes codes, BlockFormat format) {
        long blocks = (long) codes.out() * codes.in() / COLUMNS;
        ByteBuffer packed = GgufWriter.room(blocks * format.bytes());
        for (int row = 0; row < codes.out(); row++) {
            for (int first = 0; first < codes.in(); first += COLUMNS) {
                block(codes, row, first, format, packed);
            }
        }
        return packed.flip();
    }

    private void block(GroupCodes codes, int row, int first, BlockFormat format, ByteBuffer packed) {
        int group = codes.group(first);
        int zero = codes.zero(row, group);
        float scale = half(codes.scale(row, group), packed);
        if (format == BlockFormat.Q8_0) {
            for (int i = 0; i < COLUMNS; i++) {
                packed.put((byte) (codes.code(row, first + i) - zero));
            }
            return;
        }
        int shift = format == BlockFormat.Q4_0 ? MIDDLE - zero : 0;
        if (format == BlockFormat.Q4_1) {
            half(-zero * scale, packed);
        }
        for (int i = 0; i < COLUMNS / 2; i++) {
            int low = codes.code(row, first + i) + shift;
            int high = codes.code(row, first + COLUMNS / 2 + i) + shift;
            packed.put((byte) (low | high << 4));
        }
    }

    private float half(float exact, ByteBuffer packed) {
        short bits = Float16.ofFloat(exact);
        float stored = Float16.toFloat(bits);
        if (Float.isInfinite(stored)) {
            throw new BadInput("--format gguf: float16 cannot hold the scale " + exact);
        }
        if (stored != exact) {
            largest = Math.max(largest, Math.abs((double) stored - exact) / Math.max(Math.abs(exact), 0x1p-14));
        }
        packed.putShort(bits);
        return stored;
    }
}
