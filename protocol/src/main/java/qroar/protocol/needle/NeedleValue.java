package qroar.protocol.needle;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** What a key or a hidden value is, with RULER's names and sizes. */
public enum NeedleValue {
    /** Seven digits, the first no 0. */
    NUMBERS {
        @Override
        String draw(NeedleRandom random) {
            return Integer.toString(random.between(1_000_000, 9_999_999));
        }
    },
    /** {@code adjective-noun}. */
    WORDS {
        @Override
        String draw(NeedleRandom random) {
            return random.one(NeedleWords.ADJECTIVES) + "-" + random.one(NeedleWords.NOUNS);
        }
    },
    /** A UUID of version 4. */
    UUIDS {
        @Override
        String draw(NeedleRandom random) {
            long high = (random.bits() & 0xFFFFFFFFFFFF0FFFL) | 0x4000L;
            long low = (random.bits() & 0x3FFFFFFFFFFFFFFFL) | 0x8000000000000000L;
            return new UUID(high, low).toString();
        }
    };

    abstract String draw(NeedleRandom random);

    /** As many as wanted, each another one, none of those that are {@code taken}; what is drawn is taken from then on. */
    List<String> draw(NeedleRandom random, int count, Set<String> taken) {
        Set<String> drawn = new LinkedHashSet<>();
        while (drawn.size() < count) {
            String next = draw(random);
            if (taken.add(next)) {
                drawn.add(next);
            }
        }
        return List.copyOf(drawn);
    }

    /** One that is none of these. */
    String drawOther(NeedleRandom random, Set<String> than) {
        String next = draw(random);
        while (than.contains(next)) {
            next = draw(random);
        }
        return next;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code number}, {@code word}, {@code uuid}. */
    String singular() {
        return word().substring(0, word().length() - 1);
    }

    static NeedleValue ofWord(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
