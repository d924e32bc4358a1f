package qroar.experiments.plan;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.experiments.study.StudyProgress;
import qroar.protocol.Sha256;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.TrialKey;

/**
 * Everything that may change a number of a run, as field to value: checkpoint, documents, every setting of the resolved
 * experiment, versions of the numeric code and of the decisions. Names, paths, workers and devices are no part of it. A run may be resumed
 * where the fingerprints agree.
 *
 * @param fields in a fixed order; copied
 */
public record Fingerprint(Map<String, String> fields) {
    public Fingerprint {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Of a run of {@code definition} on this checkpoint and these documents. */
    public static Fingerprint of(
            ExperimentDefinition definition,
            ModelFacts facts,
            List<DocumentRef> search,
            List<DocumentRef> heldOut,
            List<DocumentRef> calibration) {
        return of(definition, facts, search, heldOut, calibration, AskedQuestions.NONE);
    }

    /** The same where the objective asks questions. */
    public static Fingerprint of(
            ExperimentDefinition definition,
            ModelFacts facts,
            List<DocumentRef> search,
            List<DocumentRef> heldOut,
            List<DocumentRef> calibration,
            AskedQuestions questions) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("numerics-version", String.valueOf(TrialKey.NUMERICS_VERSION));
        fields.put("decisions-version", String.valueOf(StudyProgress.DECISIONS_VERSION));
        fields.put("checkpoint", facts.checkpointDigest());
        if (facts.controlDigest() != null) {
            fields.put("control", facts.controlDigest());
        }
        if (definition.trainedWindow() == null) {
            fields.put("trained-window", String.valueOf(facts.trainedWindow()));
        }
        putDocuments(fields, "documents.search", search);
        putDocuments(fields, "documents.held-out", heldOut);
        putDocuments(fields, "documents.calibration", calibration);
        putDocuments(fields, "needles.search", questions.search().documents());
        putDocuments(fields, "needles.held-out", questions.heldOut().documents());
        fields.putAll(definition.settings());
        return new Fingerprint(fields);
    }

    private static void putDocuments(Map<String, String> fields, String key, List<DocumentRef> documents) {
        for (int i = 0; i < documents.size(); i++) {
            fields.put(key + "[" + i + "]", documents.get(i).digest());
        }
    }

    /** SHA-256 over the fields in order, 64 hexadecimal digits. */
    public String hex() {
        MessageDigest digest = Sha256.begin();
        // Lengths before texts: no field can pass for the end of another.
        fields.forEach((field, value) -> {
            update(digest, field);
            update(digest, value);
        });
        return Sha256.hex(digest);
    }

    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }

    /** Enough of {@link #hex()} for the name of a folder. */
    public String brief() {
        return hex().substring(0, 12);
    }

    /** One line per field that differs, with this value and the other's; empty when the fingerprints are equal. */
    public List<String> differences(Fingerprint other) {
        Set<String> names = new LinkedHashSet<>(fields.keySet());
        names.addAll(other.fields.keySet());
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            String here = fields.getOrDefault(name, "absent");
            String there = other.fields.getOrDefault(name, "absent");
            if (!here.equals(there)) {
                differences.add(name + ": " + here + " here, " + there + " there");
            }
        }
        return differences;
    }
}
