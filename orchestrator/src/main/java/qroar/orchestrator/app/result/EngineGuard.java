package qroar.orchestrator.app.result;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunEngines;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.quantization.QuantizationSpec;

/**
 * Tells when a run goes on with other kernels or on another processor than it was begun with, or is shared by several:
 * losses differ in their last digits then, and so in principle a decision at its edge. A calibration amplifies it: one
 * weight that is rounded the other way changes what all that follow make up for. It never stops a run.
 */
public final class EngineGuard {
    private static final Logger LOG = LoggerFactory.getLogger(EngineGuard.class);
    private static final int TOLD = 4;

    private static final String UNTOLD = ", unknown kernels,";
    private static final String DIGITS = "the last digits of losses may differ";
    private static final String MODELS = DIGITS + ", and models calibrated by AWQ or GPTQ by more than that";

    private final String run;
    private final RunEngines engines;
    private final String difference;

    private EngineGuard(String run, RunEngines engines, String difference) {
        this.run = run;
        this.engines = engines;
        this.difference = difference;
    }

    /**
     * Only with the run's lock in hand.
     *
     * @param quantizers of the run's studies
     */
    public static EngineGuard of(RunDirectory directory, List<QuantizationSpec> quantizers) {
        boolean calibrates =
                quantizers.stream().anyMatch(quantizer -> quantizer.weights().isCalibrated());
        return new EngineGuard(directory.name(), RunEngines.of(directory), calibrates ? MODELS : DIGITS);
    }

    /** Looks at who works for the run now; a warning for each engine that is new to a run that knew others. */
    public void see(List<WorkerProfile> workers) {
        for (WorkerProfile worker : workers) {
            List<String> before = engines.known();
            boolean isAlike = before.stream().anyMatch(known -> isAlike(known, worker.engine()));
            if (!isAlike && engines.add(worker.engine()) && !before.isEmpty()) {
                LOG.warn(
                        "run {} had workers with {} and now has one with [{}]: {}",
                        run,
                        listed(before),
                        worker.engine(),
                        difference);
            }
        }
    }

    /** Whether two may be the same: kernels that a worker could not tell, for want of disk say, are no other kernels. */
    private static boolean isAlike(String one, String other) {
        boolean told = !one.contains(UNTOLD) && !other.contains(UNTOLD);
        return told ? one.equals(other) : withoutKernels(one).equals(withoutKernels(other));
    }

    private static String withoutKernels(String engine) {
        return engine.replaceFirst(", [^,]* kernels,", ",");
    }

    /** What a reader of the report must know. */
    List<String> notes() {
        List<String> known = engines.known();
        return known.size() < 2
                ? List.of()
                : List.of("its workers had more than one engine, between which " + difference
                        + ", and so in principle a decision at its edge: " + listed(known));
    }

    private static String listed(List<String> engines) {
        List<String> words = new ArrayList<>(engines.subList(0, Math.min(TOLD, engines.size())).stream()
                .map(engine -> "[" + engine + "]")
                .toList());
        if (engines.size() > TOLD) {
            words.add((engines.size() - TOLD) + " more");
        }
        return String.join(", ", words);
    }
}
