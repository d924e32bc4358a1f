package qroar.workers.stored;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.RowFactors;
import qroar.workers.tensors.TensorPart;

/**
 * A linear's weight [out, in] made up of several stored tensors.
 *
 * @param name of the weight that the parts stand for
 * @param encoding what {@link StoredQuantization#text} says
 * @param order the group of each column as stored, or null
 * @param parts all of them, in the order in which they are told apart by the digest
 * @param factors the scales
 * @param unpacked reads the parts
 */
record PackedLinear(
        String name,
        int out,
        int in,
        String encoding,
        Grids grids,
        @Nullable TensorPart order,
        List<TensorPart> parts,
        RowFactors factors,
        Supplier<GroupCodes> unpacked)
        implements PackedTensor {
    PackedLinear {
        parts = List.copyOf(parts);
    }

    @Override
    public Path file() {
        return parts.get(0).file();
    }

    @Override
    public long[] shape() {
        return new long[] {out, in};
    }

    @Override
    public long elements() {
        return (long) out * in;
    }

    @Override
    public long storedBytes() {
        return parts.stream().mapToLong(TensorPart::bytes).sum();
    }

    @Override
    public float[] readFloat32() {
        if (elements() > Integer.MAX_VALUE - 8) {
            throw parts.get(0)
                    .problem("stands for " + out + " x " + in + " weights; a Java array holds at most "
                            + (Integer.MAX_VALUE - 8));
        }
        return unpacked.get().dequantized();
    }

    /** A stored order that says what the order of the columns says is none. */
    @Override
    public Grids grids() {
        boolean inOrder = order == null
                || Arrays.equals(order.integers(), groupsInOrder(in, grids.group() == 0 ? in : grids.group()));
        Grids.Columns columns = inOrder ? Grids.Columns.IN_ORDER : Grids.Columns.REORDERED;
        return new Grids(grids.bits(), grids.group(), columns, grids.zeros());
    }

    @Override
    public long codesBytes() {
        return GroupCodes.bytes(grids.bits(), elements(), factors.count());
    }

    @Override
    public GroupCodes codes() {
        return unpacked.get();
    }

    @Override
    public List<RowFactors> rowFactors() {
        return List.of(factors);
    }

    @Override
    public long addTo(MessageDigest digest) {
        return parts.stream().mapToLong(part -> part.addTo(digest)).sum();
    }

    /** @param order a stored table, or null */
    static Grids.Columns columns(@Nullable TensorPart order) {
        return order == null ? Grids.Columns.IN_ORDER : Grids.Columns.REORDERED;
    }

    /** Column / group for each column: how groups lie where nothing reorders them. */
    static int[] groupsInOrder(int columns, int group) {
        int[] groups = new int[columns];
        Arrays.setAll(groups, column -> column / group);
        return groups;
    }

    /** The group of each input column as stored. */
    static int[] checkedGroups(TensorPart part, int groups) {
        int[] each = part.integers();
        for (int i = 0; i < each.length; i++) {
            if (each[i] < 0 || each[i] >= groups) {
                throw part.problem("has group " + each[i] + " for column " + i + "; there are " + groups + " groups");
            }
        }
        return each;
    }
}
