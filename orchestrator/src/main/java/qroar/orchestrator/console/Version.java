package qroar.orchestrator.console;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version that the build wrote into the jar's manifest, and the commit that it was made from. */
public final class Version {
    private Version() {}

    /** {@code development} where the classes do not come from a jar. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** {@code 1a2b3c4}, with a remark where files were changed and not committed; empty where the build had no repository. */
    public static String commit() {
        Properties build = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("commit.properties")) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException e) {
            // The jar itself cannot be read: whatever comes next says so.
            return "";
        }
        String commit = build.getProperty("git.commit.id.abbrev", "");
        return commit.isEmpty() || !build.getProperty("git.dirty", "").equals("true") ? commit : commit + ", changed";
    }
}
