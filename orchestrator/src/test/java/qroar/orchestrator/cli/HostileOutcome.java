package qroar.orchestrator.cli;

import java.util.regex.Pattern;

/** How a command ended on a changed input. */
enum HostileOutcome {
    ACCEPTED("accepted", true),
    REFUSED("refused in one line", true),
    STOPPED("stopped", true),
    NO_DEVICE("no device", true),
    CRASH("crash", false),
    HANG("hang", false),
    TRACE("trace", false),
    CONTROL_CHARACTERS("control characters", false),
    SEVERAL_LINES("several lines", false),
    LONG_LINE("long line", false),
    UNEXPECTED("unexpected", false),
    WRONG_NUMBER("wrong number", false);

    /** Line ends and tabs aside, nothing that a terminal obeys or hides. */
    private static final Pattern HIDDEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Co}\\p{Zl}\\p{Zp}&&[^\\n\\t]]");

    private static final Pattern TRACE_LINE =
            Pattern.compile("(?m)^\\s+at [\\w.$]+\\(|^Exception in thread|panicked at");
    /** A mean loss that is none; the perplexity of one that is a number may be too large for one. */
    private static final Pattern NO_NUMBER = Pattern.compile("NaN|\"meanNll\" : (\"Infinity\"|null)");

    /** Weights that are none are told, and what they give is NaN. */
    private static final String TOLD = "that are NaN or infinite";

    private static final int LONGEST_LINE = 700;

    private final String word;
    private final boolean good;

    HostileOutcome(String word, boolean good) {
        this.word = word;
        this.good = good;
    }

    String word() {
        return word;
    }

    boolean isGood() {
        return good;
    }

    /** Besides notes about what is read in another way than some would expect. */
    private static long lines(HostileRun run) {
        return run.err()
                .lines()
                .filter(line -> !line.startsWith("qroar: note: "))
                .count();
    }

    private static boolean isNoNumber(HostileRun run) {
        return NO_NUMBER.matcher(run.out()).find() && !run.err().contains(TOLD);
    }

    private static boolean isToldDamage(HostileRun run) {
        return run.err().isEmpty()
                ? run.out().contains("\"state\" : \"damaged\"")
                : run.err().startsWith("qroar: journal ") && run.err().lines().count() == 1;
    }

    static HostileOutcome of(HostileRun run) {
        if (run.hung()) {
            return HANG;
        }
        if (run.crash() != null) {
            return CRASH;
        }
        if (TRACE_LINE.matcher(run.err()).find()
                || TRACE_LINE.matcher(run.out()).find()) {
            return TRACE;
        }
        if (HIDDEN.matcher(run.err()).find() || HIDDEN.matcher(run.out()).find()) {
            return CONTROL_CHARACTERS;
        }
        if (run.err().lines().anyMatch(line -> line.length() > LONGEST_LINE)) {
            return LONG_LINE;
        }
        return switch (run.code()) {
            case 0 -> isNoNumber(run) ? WRONG_NUMBER : ACCEPTED;
            case 2 -> lines(run) == 1 && run.out().isEmpty() ? REFUSED : SEVERAL_LINES;
            // A damaged journal is told with its own words and code 1.
            case 1 -> isToldDamage(run) ? REFUSED : UNEXPECTED;
            case 3 -> STOPPED;
            case 4 -> NO_DEVICE;
            default -> UNEXPECTED;
        };
    }
}
