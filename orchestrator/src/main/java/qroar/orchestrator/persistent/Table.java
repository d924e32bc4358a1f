package qroar.orchestrator.persistent;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map by hash whose changes give another map: a trie over five bits of the hash at a time, with only the branches that
 * are there. Keys of equal hash share a {@link Clash}. Neither keys nor values are null; the order is that of the hashes,
 * turned round bit group by bit group, so none to rely on. Immutable.
 */
@SuppressWarnings("unchecked") // what was put in is what comes out
public final class Table<K, V> extends AbstractMap<K, V> {
    private static final int BITS = 5;
    private static final int MASK = 31;
    private static final Table<Object, Object> EMPTY = new Table<>(0, new Node(0, new Object[0]));

    private final int size;
    private final Node root;

    private Table(int size, Node root) {
        this.size = size;
        this.root = root;
    }

    /** Slots are a Node, a Leaf or a Clash each. */
    private record Node(int bitmap, Object[] slots) {
        int index(int bit) {
            return Integer.bitCount(bitmap & bit - 1);
        }

        Node inserted(int bit, Object slot) {
            int at = index(bit);
            Object[] more = new Object[slots.length + 1];
            System.arraycopy(slots, 0, more, 0, at);
            more[at] = slot;
            System.arraycopy(slots, at, more, at + 1, slots.length - at);
            return new Node(bitmap | bit, more);
        }

        Node exchanged(int at, Object slot) {
            Object[] copy = slots.clone();
            copy[at] = slot;
            return new Node(bitmap, copy);
        }

        Node without(int bit) {
            int at = index(bit);
            Object[] fewer = new Object[slots.length - 1];
            System.arraycopy(slots, 0, fewer, 0, at);
            System.arraycopy(slots, at + 1, fewer, at, fewer.length - at);
            return new Node(bitmap & ~bit, fewer);
        }
    }

    private static final class Leaf extends SimpleImmutableEntry<Object, Object> {
        private static final long serialVersionUID = 1L;

        private final int hash;

        Leaf(Object key, Object value) {
            super(key, value);
            this.hash = spread(key);
        }

        boolean holds(int otherHash, Object key) {
            return hash == otherHash && getKey().equals(key);
        }
    }

    private record Clash(int hash, Leaf[] leaves) {}

    private static int spread(Object key) {
        int hash = key.hashCode();
        return hash ^ hash >>> 16;
    }

    public static <K, V> Table<K, V> empty() {
        return (Table<K, V>) EMPTY;
    }

    @Override
    public int size() {
        return size;
    }

    private @Nullable Leaf leaf(Object key) {
        int hash = spread(key);
        Node node = root;
        for (int shift = 0; ; shift += BITS) {
            int bit = 1 << (hash >>> shift & MASK);
            if ((node.bitmap & bit) == 0) {
                return null;
            }
            Object slot = node.slots[node.index(bit)];
            if (slot instanceof Node deeper) {
                node = deeper;
            } else if (slot instanceof Leaf leaf) {
                return leaf.holds(hash, key) ? leaf : null;
            } else {
                return Arrays.stream(((Clash) slot).leaves)
                        .filter(leaf -> leaf.holds(hash, key))
                        .findFirst()
                        .orElse(null);
            }
        }
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        Leaf leaf = key == null ? null : leaf(key);
        return leaf == null ? null : (V) leaf.getValue();
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return key != null && leaf(key) != null;
    }

    /** With that value under the key. */
    public Table<K, V> plus(K key, V value) {
        Leaf known = leaf(key);
        if (known != null && known.getValue() == value) {
            return this;
        }
        Leaf leaf = new Leaf(key, Objects.requireNonNull(value));
        return new Table<>(known == null ? size + 1 : size, with(root, 0, leaf));
    }

    private static Node with(Node node, int shift, Leaf leaf) {
        int bit = 1 << (leaf.hash >>> shift & MASK);
        if ((node.bitmap & bit) == 0) {
            return node.inserted(bit, leaf);
        }
        int at = node.index(bit);
        Object slot = node.slots[at];
        if (slot instanceof Node deeper) {
            return node.exchanged(at, with(deeper, shift + BITS, leaf));
        }
        if (slot instanceof Leaf other) {
            return node.exchanged(
                    at, other.holds(leaf.hash, leaf.getKey()) ? leaf : together(shift + BITS, other, other.hash, leaf));
        }
        Clash clash = (Clash) slot;
        return node.exchanged(
                at, clash.hash == leaf.hash ? joined(clash, leaf) : together(shift + BITS, clash, clash.hash, leaf));
    }

    /** Two that have met so far. */
    private static Object together(int shift, Object other, int otherHash, Leaf leaf) {
        if (otherHash == leaf.hash) {
            return new Clash(leaf.hash, new Leaf[] {(Leaf) other, leaf});
        }
        int bit = 1 << (otherHash >>> shift & MASK);
        return with(new Node(bit, new Object[] {other}), shift, leaf);
    }

    private static Clash joined(Clash clash, Leaf leaf) {
        List<Leaf> leaves = new ArrayList<>(List.of(clash.leaves));
        leaves.removeIf(known -> known.getKey().equals(leaf.getKey()));
        leaves.add(leaf);
        return new Clash(clash.hash, leaves.toArray(Leaf[]::new));
    }

    /** Without the key. */
    public Table<K, V> minus(K key) {
        return leaf(key) == null ? this : new Table<>(size - 1, without(root, 0, spread(key), key));
    }

    private static Node without(Node node, int shift, int hash, Object key) {
        int bit = 1 << (hash >>> shift & MASK);
        int at = node.index(bit);
        Object slot = node.slots[at];
        if (slot instanceof Node deeper) {
            Node left = without(deeper, shift + BITS, hash, key);
            boolean alone = left.slots.length == 1 && !(left.slots[0] instanceof Node);
            return left.slots.length == 0 ? node.without(bit) : node.exchanged(at, alone ? left.slots[0] : left);
        }
        if (slot instanceof Clash clash) {
            Leaf[] left = Arrays.stream(clash.leaves)
                    .filter(leaf -> !leaf.getKey().equals(key))
                    .toArray(Leaf[]::new);
            return node.exchanged(at, left.length == 1 ? left[0] : new Clash(hash, left));
        }
        return node.without(bit);
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public Iterator<Map.Entry<K, V>> iterator() {
                List<Map.Entry<K, V>> all = new ArrayList<>(size);
                collect(root, all);
                return List.copyOf(all).iterator();
            }
        };
    }

    private void collect(Object slot, List<Map.Entry<K, V>> into) {
        if (slot instanceof Leaf leaf) {
            into.add((Map.Entry<K, V>) (Map.Entry<?, ?>) leaf);
        } else if (slot instanceof Node node) {
            for (Object deeper : node.slots) {
                collect(deeper, into);
            }
        } else {
            for (Leaf leaf : ((Clash) slot).leaves) {
                collect(leaf, into);
            }
        }
    }
}
