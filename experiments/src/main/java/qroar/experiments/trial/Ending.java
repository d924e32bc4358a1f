package qroar.experiments.trial;

/** How a trial ended for the study that asked for it. Snapshots and metrics store the names. */
public enum Ending {
    /** All windows that were asked for are there. */
    MEASURED(Standing.FINISHED),
    /** Given up by the stopping rule. */
    STOPPED(Standing.STOPPED),
    /** A window's loss was not a finite number. */
    DIVERGED(Standing.DIVERGED),
    /** No attempt succeeded. */
    FAILED(Standing.FAILED);

    private final Standing standing;

    Ending(Standing standing) {
        this.standing = standing;
    }

    /** As what it is reported where the trial was measured for the study itself. */
    public Standing standing() {
        return standing;
    }
}
