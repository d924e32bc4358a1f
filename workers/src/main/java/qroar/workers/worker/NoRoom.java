package qroar.workers.worker;

/** This machine's memory belongs to others just now; another worker may have room, or this one later. One line for people. */
public final class NoRoom extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NoRoom(String message) {
        super(message);
    }
}
