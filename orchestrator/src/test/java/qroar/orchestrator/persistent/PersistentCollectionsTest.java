package qroar.orchestrator.persistent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Held against the JDK's own collections, under random changes; {@code -Dseed=} replays. */
class PersistentCollectionsTest {
    private final long seed = Long.getLong("seed", System.nanoTime());
    private final Random random = new Random(seed);

    /** Few hashes, some of which differ in their highest bits only. */
    private record Key(int number) {
        @Override
        public int hashCode() {
            return number % 7 << 29 | number % 3;
        }
    }

    @Test
    void sequenceIsAListOfAnyLength() {
        Sequence<Integer> sequence = Sequence.empty();
        List<Integer> list = new ArrayList<>();
        // Past 32 * 32 * 32, where the trie grows a third level.
        for (int i = 0; i < 34_000; i++) {
            sequence = sequence.plus(i);
            list.add(i);
        }
        Sequence<Integer> before = sequence;
        List<Integer> expected = List.copyOf(list);
        for (int i = 0; i < 5_000; i++) {
            int at = random.nextInt(list.size());
            sequence = sequence.with(at, -i);
            list.set(at, -i);
        }
        assertThat(sequence).as("seed %d", seed).isEqualTo(list);
        assertThat(before).as("what it was made from").isEqualTo(expected);
        assertThat(Sequence.of(list)).isEqualTo(list);
        Sequence<Integer> all = sequence;
        assertThatThrownBy(() -> all.get(34_000)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> all.with(-1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void tableIsAMapAndItsOlderVersionsStay() {
        Table<Key, Integer> table = Table.empty();
        Map<Key, Integer> map = new HashMap<>();
        Table<Key, Integer> kept = table;
        Map<Key, Integer> keptMap = Map.of();
        for (int i = 0; i < 20_000; i++) {
            Key key = new Key(random.nextInt(400));
            if (random.nextInt(3) == 0) {
                table = table.minus(key);
                map.remove(key);
            } else {
                table = table.plus(key, i);
                map.put(key, i);
            }
            assertThat(table.get(key)).as("seed %d", seed).isEqualTo(map.get(key));
            assertThat(table).hasSize(map.size());
            if (i % 1_000 == 0) {
                assertThat(table).as("seed %d", seed).isEqualTo(map);
                assertThat(kept).as("seed %d", seed).isEqualTo(keptMap);
                kept = table;
                keptMap = Map.copyOf(map);
            }
        }
        for (Key key : Set.copyOf(map.keySet())) {
            table = table.minus(key);
        }
        assertThat(table).isEqualTo(Map.of()).isEqualTo(Table.empty());
        assertThat(table.get(new Key(1))).isNull();
    }

    @Test
    void membersAreASet() {
        Members<Integer> members = Members.empty();
        Set<Integer> set = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            int element = random.nextInt(3_000) - 1_500;
            if (random.nextBoolean()) {
                members = members.plus(element);
                set.add(element);
            } else {
                members = members.minus(element);
                set.remove(element);
            }
            assertThat(members.contains(element)).isEqualTo(set.contains(element));
        }
        assertThat(members).as("seed %d", seed).isEqualTo(set);
    }
}
