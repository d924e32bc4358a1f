package qroar.protocol;

/**
 * What a user gave cannot be used. The message is one line that names the file, key or tensor, the value and the limit;
 * the command line prints it and exits with code 2. Whatever a file put into it is fit to be printed ({@link OneLine}).
 */
public final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadInput(String message) {
        super(OneLine.of(message));
    }

    public BadInput(String message, Throwable cause) {
        super(OneLine.of(message), cause);
    }
}
