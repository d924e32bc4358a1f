package qroar.workers.torch;

/** The device had no memory left for a tensor; nothing was changed and smaller work may still succeed. */
public final class DeviceOutOfMemory extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DeviceOutOfMemory(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whatever an allocator says, or the system of a file that it cannot map any more ({@code ulimit -v}). */
    static boolean isMeantBy(String message) {
        return message.contains("Cannot allocate memory")
                || message.contains("out of memory")
                || message.contains("can't allocate memory")
                || message.contains("not enough memory");
    }
}
