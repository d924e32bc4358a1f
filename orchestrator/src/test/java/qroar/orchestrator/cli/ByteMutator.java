package qroar.orchestrator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Changes that know nothing of a format: flips, truncations, insertions, repetitions. */
final class ByteMutator {
    /** What breaks readers of text: controls, marks of direction and order, bytes that are no UTF-8. */
    private static final List<byte[]> TOKENS = List.of(
            new byte[] {0},
            new byte[] {(byte) 0xff, (byte) 0xfe},
            new byte[] {(byte) 0xc3},
            new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            "\u001b[31m".getBytes(UTF_8),
            "\u202e\u2066\u200b".getBytes(UTF_8),
            "\ufeff".getBytes(UTF_8),
            "\u2028".getBytes(UTF_8),
            "\r\n".getBytes(UTF_8),
            "[".getBytes(UTF_8),
            "{".getBytes(UTF_8),
            "\"".getBytes(UTF_8),
            ",".getBytes(UTF_8),
            ":".getBytes(UTF_8),
            "1e999".getBytes(UTF_8),
            "-".getBytes(UTF_8),
            "9".getBytes(UTF_8),
            "${HOME}".getBytes(UTF_8),
            "*".getBytes(UTF_8),
            "\\ud800".getBytes(UTF_8));

    private static final int[] REPEATS = {1, 1, 1, 2, 12, 200, 3000, 20_000};

    private ByteMutator() {}

    static Mutant of(byte[] seed, SplittableRandom random) {
        byte[] bytes = seed;
        StringBuilder what = new StringBuilder();
        int rounds = random.nextInt(3) == 0 ? 2 : 1;
        for (int i = 0; i < rounds; i++) {
            bytes = one(bytes, random, what);
        }
        return new Mutant(what.toString(), bytes, false);
    }

    private static byte[] one(byte[] bytes, SplittableRandom random, StringBuilder what) {
        int at = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, at + 1 + random.nextInt(1 + random.nextInt(64)));
        switch (random.nextInt(8)) {
            case 0 -> {
                what.append(" cut at ").append(at);
                return Arrays.copyOf(bytes, at);
            }
            case 1 -> {
                what.append(" without ").append(at).append("..").append(to);
                return spliced(bytes, at, to, new byte[0]);
            }
            case 2 -> {
                byte[] noise = new byte[to - at];
                random.nextBytes(noise);
                what.append(" noise at ").append(at).append("..").append(to);
                return spliced(bytes, at, to, noise);
            }
            case 3 -> {
                byte[] flipped = bytes.clone();
                if (at < bytes.length) {
                    flipped[at] ^= (byte) (1 << random.nextInt(8));
                }
                what.append(" flip at ").append(at);
                return flipped;
            }
            case 4 -> {
                what.append(" twice ").append(at).append("..").append(to);
                return spliced(bytes, at, at, Arrays.copyOfRange(bytes, at, to));
            }
            case 5 -> {
                int from = random.nextInt(bytes.length + 1);
                int end = Math.min(bytes.length, from + 1 + random.nextInt(200));
                what.append(" copy of ")
                        .append(from)
                        .append("..")
                        .append(end)
                        .append(" at ")
                        .append(at);
                return spliced(bytes, at, at, Arrays.copyOfRange(bytes, from, end));
            }
            default -> {
                int token = random.nextInt(TOKENS.size());
                int times = REPEATS[random.nextInt(REPEATS.length)];
                what.append(" token ")
                        .append(token)
                        .append(" x ")
                        .append(times)
                        .append(" at ")
                        .append(at);
                return spliced(bytes, at, at, repeated(TOKENS.get(token), times));
            }
        }
    }

    private static byte[] repeated(byte[] token, int times) {
        byte[] repeated = new byte[token.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(token, 0, repeated, i * token.length, token.length);
        }
        return repeated;
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] instead) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + instead.length);
        out.write(bytes, 0, from);
        out.writeBytes(instead);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }
}
