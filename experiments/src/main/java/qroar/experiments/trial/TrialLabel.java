package qroar.experiments.trial;

import java.util.Arrays;
import java.util.List;

/**
 * Names of a study's trials, unique and stable within it: journals hold them, and a resumed study has to ask for the same
 * ones. This is the one place where they are built and read.
 */
public final class TrialLabel {
    /** The quantized model, unscaled, on the search documents. */
    public static final String BASELINE = "baseline";

    /** The unquantized model on long context, interpolated. */
    public static final String UNQUANTIZED_LONG = "unquantized/long";

    /** The unquantized model on short context, as trained. */
    public static final String UNQUANTIZED_SHORT = "unquantized/short";

    /** Slopes of the objective by the bands' scales. */
    public static final String GRADIENT = "gradient";

    /** What a search on few documents found, on all of them. */
    public static final String CONFIRM = "confirm";

    private static final String HELD_OUT = "held-out/";
    private static final String TASK = "task/";

    /** The unquantized model in another precision, on held-out documents. */
    public static final String NOISE_FLOOR = HELD_OUT + "noise-floor";

    /** What a trial is wanted for. */
    public enum Purpose {
        BASELINE,
        DIAGNOSTICS,
        CANDIDATES,
        HELD_OUT,
        TASKS
    }

    private TrialLabel() {}

    /** A setting of the model on held-out documents. */
    public static String heldOut(Setting setting) {
        return HELD_OUT + setting.word();
    }

    /** A setting of the model put to a task. */
    public static String task(String task, Setting setting) {
        return TASK + task + "/" + setting.word();
    }

    /** A control put to a task; draws are counted from 1. */
    public static String task(String task, Control control, int draw) {
        return TASK + task + "/" + drawn(control, draw);
    }

    /** A control's scales without quantization, put to a task. */
    public static String taskUnquantized(String task, Control control) {
        return TASK + task + "/" + control.word() + "-unquantized";
    }

    private static String drawn(Control control, int draw) {
        return control.word() + (control.draws() > 1 ? "-" + draw : "");
    }

    /** Whether a label is of a task of that name. */
    public static boolean isOf(String label, String task) {
        return label.startsWith(TASK + task + "/");
    }

    /** A control on held-out documents; draws are counted from 1. */
    public static String heldOut(Control control, int draw) {
        return HELD_OUT + drawn(control, draw);
    }

    /** A control's scales without quantization, on held-out documents. */
    public static String heldOutUnquantized(Control control) {
        return HELD_OUT + control.word() + "-unquantized";
    }

    /** What was measured on held-out documents, without the word for that. */
    public static String model(String label) {
        return label.substring(HELD_OUT.length());
    }

    /** Whether a label is a control's. */
    public static boolean isControl(String label) {
        return Arrays.stream(Control.values()).anyMatch(control -> label.startsWith(HELD_OUT + control.word()));
    }

    /** One scale for all bands. */
    public static String common(String scale) {
        return "common/scale-" + scale;
    }

    /** What the candidates of a pass begin with. */
    private static String pass(int pass) {
        return "pass-" + pass;
    }

    /**
     * A candidate that differs from the incumbent in one band.
     *
     * @param layers whose scale of that band differs; empty where all layers share
     */
    public static String inBand(int pass, String layers, int band, String scale) {
        return pass(pass) + (layers.isEmpty() ? "" : "/" + layers) + "/band-" + band + "/scale-" + scale;
    }

    /**
     * A candidate that may differ in all bands; positions besides scales, for rounding must not make two labels equal.
     *
     * @param scales per band
     * @param positions on the lattice, per band
     */
    public static String joint(int pass, List<String> scales, List<Integer> positions) {
        return pass(pass) + "/joint/" + String.join("/", scales) + "@"
                + positions.toString().replaceAll("[\\[\\] ]", "");
    }

    /** Where a pass begins, on the documents of that pass. */
    public static String start(int pass) {
        return pass(pass) + "/start";
    }

    /** What a trial of that name is wanted for. */
    public static Purpose purpose(String label) {
        if (label.equals(BASELINE)) {
            return Purpose.BASELINE;
        }
        if (label.startsWith(HELD_OUT)) {
            return Purpose.HELD_OUT;
        }
        if (label.startsWith(TASK)) {
            return Purpose.TASKS;
        }
        boolean diagnostic =
                label.equals(UNQUANTIZED_LONG) || label.equals(UNQUANTIZED_SHORT) || label.equals(GRADIENT);
        return diagnostic ? Purpose.DIAGNOSTICS : Purpose.CANDIDATES;
    }
}
