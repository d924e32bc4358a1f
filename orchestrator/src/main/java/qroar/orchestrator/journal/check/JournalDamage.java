package qroar.orchestrator.journal.check;

/**
 * A journal is not what was written into it. The message is one line that names the journal, the number of the event and
 * what to do; the command line prints it and exits with code 1.
 */
public final class JournalDamage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long number;

    /**
     * @param number of the first event that is not sound, from 1
     * @param what is wrong with it
     */
    public JournalDamage(String place, long number, String what) {
        super("journal " + place + " is damaged at event " + number + ": " + what + "; "
                + (number > 1
                        ? "'qroar resume RUN --cut-damaged-journal' takes the run up from event " + (number - 1)
                        : "no event before it is sound, so 'qroar resume RUN --cut-damaged-journal' begins anew")
                + " and keeps the damaged journal beside it");
        this.number = number;
    }

    /** Number of the first event that is not sound; everything before it is. */
    public long number() {
        return number;
    }
}
