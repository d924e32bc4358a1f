package qroar.orchestrator.cli.console;

import picocli.CommandLine;

/** The version that the build wrote into the jar's manifest. */
public final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"qroar " + text()};
    }

    /** {@code development} where the classes do not come from a jar. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
