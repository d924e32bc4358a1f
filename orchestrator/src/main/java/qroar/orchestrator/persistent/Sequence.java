package qroar.orchestrator.persistent;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * A list that grows at its end and whose elements can be exchanged, each giving another list. Full leaves of 32 elements
 * hang in a trie; the last, {@code tail}, is kept beside it. Elements are not null. Immutable.
 */
@SuppressWarnings("unchecked") // what was put in is what comes out
public final class Sequence<E> extends AbstractList<E> implements RandomAccess {
    private static final int BITS = 5;
    private static final int WIDTH = 1 << BITS;
    private static final int MASK = WIDTH - 1;
    private static final Object[] NOTHING = {};
    private static final Sequence<Object> EMPTY = new Sequence<>(0, BITS, NOTHING, NOTHING);

    private final int size;
    /** Bits of an index below those that choose a branch of the root. */
    private final int shift;

    private final Object[] root;
    private final Object[] tail;

    private Sequence(int size, int shift, Object[] root, Object[] tail) {
        this.size = size;
        this.shift = shift;
        this.root = root;
        this.tail = tail;
    }

    public static <E> Sequence<E> empty() {
        return (Sequence<E>) EMPTY;
    }

    public static <E> Sequence<E> of(Collection<? extends E> elements) {
        Sequence<E> all = empty();
        for (E element : elements) {
            all = all.plus(element);
        }
        return all;
    }

    @Override
    public int size() {
        return size;
    }

    private int tailOffset() {
        return size - tail.length;
    }

    @Override
    public E get(int index) {
        Objects.checkIndex(index, size);
        if (index >= tailOffset()) {
            return (E) tail[index - tailOffset()];
        }
        Object[] node = root;
        for (int level = shift; level > 0; level -= BITS) {
            node = (Object[]) node[index >>> level & MASK];
        }
        return (E) node[index & MASK];
    }

    /** With one element more. */
    public Sequence<E> plus(E element) {
        Objects.requireNonNull(element);
        if (tail.length < WIDTH) {
            Object[] longer = Arrays.copyOf(tail, tail.length + 1);
            longer[tail.length] = element;
            return new Sequence<>(size + 1, shift, root, longer);
        }
        Object[] next = {element};
        boolean full = size >>> BITS > 1 << shift;
        return full
                ? new Sequence<>(size + 1, shift + BITS, new Object[] {root, path(shift, tail)}, next)
                : new Sequence<>(size + 1, shift, hung(shift, root), next);
    }

    /** A copy of a node with the tail as its last leaf. */
    private Object[] hung(int level, Object[] node) {
        int branch = size - 1 >>> level & MASK;
        Object[] copy = Arrays.copyOf(node, Math.max(node.length, branch + 1));
        if (level == BITS) {
            copy[branch] = tail;
        } else {
            copy[branch] =
                    branch < node.length ? hung(level - BITS, (Object[]) node[branch]) : path(level - BITS, tail);
        }
        return copy;
    }

    private static Object[] path(int level, Object[] leaf) {
        return level == 0 ? leaf : new Object[] {path(level - BITS, leaf)};
    }

    /** With another element at that place. */
    public Sequence<E> with(int index, E element) {
        Objects.checkIndex(index, size);
        Objects.requireNonNull(element);
        if (index >= tailOffset()) {
            Object[] copy = tail.clone();
            copy[index - tailOffset()] = element;
            return new Sequence<>(size, shift, root, copy);
        }
        return new Sequence<>(size, shift, exchanged(shift, root, index, element), tail);
    }

    private static Object[] exchanged(int level, Object[] node, int index, Object element) {
        Object[] copy = node.clone();
        int branch = index >>> level & MASK;
        copy[branch] = level == 0 ? element : exchanged(level - BITS, (Object[]) node[branch], index, element);
        return copy;
    }
}
