package qroar.orchestrator.cli;

import qroar.orchestrator.console.FileHandles;

/**
 * Entry point. No method names a type of a library: the JVM looks all of them up before it calls {@link #main}, and where too
 * few files may be open it fails among the jars of the class path, with a trace, before anything of ours could tell.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        String tooFew = FileHandles.tooFew();
        if (tooFew != null) {
            System.err.println("qroar: " + tooFew);
            System.exit(1);
        }
        int code = Qroar.execute(arguments);
        System.out.flush();
        System.exit(code);
    }
}
