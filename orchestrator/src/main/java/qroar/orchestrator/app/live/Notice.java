package qroar.orchestrator.app.live;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Something of a run that a person wants to hear of.
 *
 * @param study whose it is; null of the run's own
 * @param trial its label; null where it is no trial's
 * @param message a sentence
 */
public record Notice(
        Event event, @Nullable String study, @Nullable String trial, String message) {
    /** What happened. */
    public enum Event {
        /** The run is complete. */
        FINISHED,
        /** It was asked to stop and can be resumed. */
        STOPPED,
        /** It ended by a fault. */
        FAILED,
        /** A trial's loss is not finite; the first of each study. */
        DIVERGED,
        /** A trial was given up after its attempts; the first of each study. */
        TRIAL_FAILED,
        /** A quantized model is better on held-out documents than the unquantized one. */
        BEATS_UNQUANTIZED;

        /** As {@code QROAR_EVENT} has it: {@code trial-failed}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** What a command is told. */
    Map<String, String> environment(Path runDirectory) {
        Map<String, String> told = new TreeMap<>();
        told.put("QROAR_EVENT", event.word());
        told.put("QROAR_RUN", String.valueOf(runDirectory.getFileName()));
        told.put("QROAR_DIRECTORY", runDirectory.toString());
        told.put("QROAR_REPORT", runDirectory.resolve("report.html").toString());
        told.put("QROAR_STUDY", study == null ? "" : study);
        told.put("QROAR_TRIAL", trial == null ? "" : trial);
        told.put("QROAR_MESSAGE", message);
        // No environment can hold a NUL.
        told.replaceAll((name, value) -> value.replace("\0", ""));
        return told;
    }
}
