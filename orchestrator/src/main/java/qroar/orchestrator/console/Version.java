package qroar.orchestrator.console;

/** The version that the build wrote into the jar's manifest. */
public final class Version {
    private Version() {}

    /** {@code development} where the classes do not come from a jar. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
