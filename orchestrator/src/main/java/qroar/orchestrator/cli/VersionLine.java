package qroar.orchestrator.cli;

import picocli.CommandLine.IVersionProvider;
import qroar.orchestrator.console.Version;

/** What {@code --version} prints. */
final class VersionLine implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {text()};
    }

    static String text() {
        String commit = Version.commit();
        return "qroar " + Version.text() + (commit.isEmpty() ? "" : " (" + commit + ")");
    }
}
