package qroar.workers.torch;

/** A device that is there and cannot be computed with: an operation fails on it, or its results are wrong. */
public final class UnusableDevice extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnusableDevice(TorchDevice device, String why) {
        super("device " + device.word() + " cannot be used: " + why);
    }

    /** PyTorch's messages go on with a trace of the script. */
    static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage())
                .lines()
                .filter(line -> line.contains("rror:"))
                .reduce((a, b) -> b)
                .orElse(String.valueOf(failure.getMessage()).lines().findFirst().orElse(""))
                .strip();
    }
}
