package qroar.orchestrator.app.worker;

import qroar.orchestrator.app.process.TerminationSignals;

/** A run that hears the first signal and never comes to its end. */
public final class DeafToSignals {
    private DeafToSignals() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (TerminationSignals signals = new TerminationSignals()) {
            System.out.println("ready");
            String name = null;
            while (name == null) {
                name = signals.await(1000);
            }
            System.out.println("heard " + name);
            Thread.currentThread().join();
        }
    }
}
