package qroar.orchestrator.logging;

import java.util.List;

/** What log events say of themselves besides their message, as keys of the mapped diagnostic context. */
public final class LogKeys {
    public static final String STUDY = "study";
    public static final String TRIAL = "trial";
    public static final String ATTEMPT = "attempt";
    public static final String WORKER = "worker";

    static final List<String> ALL = List.of(STUDY, TRIAL, ATTEMPT, WORKER);

    private LogKeys() {}
}
