package qroar.orchestrator.persistent;

import java.util.AbstractSet;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** A set whose changes give another set; in no order to rely on. Immutable. */
public final class Members<E> extends AbstractSet<E> {
    private static final Members<Object> EMPTY = new Members<>(Table.empty());

    private final Table<E, Boolean> table;

    private Members(Table<E, Boolean> table) {
        this.table = table;
    }

    @SuppressWarnings("unchecked") // it holds none
    public static <E> Members<E> empty() {
        return (Members<E>) EMPTY;
    }

    public Members<E> plus(E element) {
        Table<E, Boolean> more = table.plus(element, Boolean.TRUE);
        return more == table ? this : new Members<>(more);
    }

    public Members<E> minus(E element) {
        Table<E, Boolean> fewer = table.minus(element);
        return fewer == table ? this : new Members<>(fewer);
    }

    @Override
    public boolean contains(@Nullable Object element) {
        return table.containsKey(element);
    }

    @Override
    public Iterator<E> iterator() {
        return table.keySet().iterator();
    }

    @Override
    public int size() {
        return table.size();
    }
}
