package qroar.workers.torch;

/** A device that is there and cannot be computed with: an operation fails on it, or its results are wrong. */
public final class UnusableDevice extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnusableDevice(TorchDevice device, String why) {
        super("device " + device.word() + " cannot be used: " + why);
    }

    /** PyTorch's messages begin with a trace of the script and end with advice; the sentence between them. */
    public static String firstLine(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        String line = message.lines()
                .filter(each -> each.contains("rror:"))
                .reduce((a, b) -> b)
                .orElse(message.lines().findFirst().orElse(""))
                .strip();
        int end = line.indexOf(". ");
        return end < 0 ? line : line.substring(0, end);
    }
}
