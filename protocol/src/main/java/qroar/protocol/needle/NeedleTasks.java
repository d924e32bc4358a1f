package qroar.protocol.needle;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecForms;
import qroar.protocol.spec.SpecWriter;

/**
 * Text form of a {@link NeedleTask}: the word of a variant and its options, {@code niah-multikey:keys=8}. RULER's own names
 * are understood too, {@code niah_single_2} or {@code niah-single-2}, and may have options behind them.
 */
public final class NeedleTasks {
    /** All that can be written. */
    public static final SpecForms<NeedleTask> FORMS = new SpecForms<>("needles", NeedleTask.forms(), List.of());

    /** RULER's names of the tasks whose numbers are not the defaults of a word alone, or that have another name. */
    private static final Map<String, String> RULER = Map.ofEntries(
            Map.entry("niah-single-1", "niah-single:haystack=noise"),
            Map.entry("niah-single-2", "niah-single:haystack=text"),
            Map.entry("niah-single-3", "niah-single:haystack=text,value=uuids"),
            Map.entry("niah-multikey-1", "niah-multikey:keys=4"),
            Map.entry("niah-multikey-2", "niah-multikey:keys=1,haystack=needles"),
            Map.entry("niah-multikey-3", "niah-multikey:keys=1,haystack=needles,key=uuids,value=uuids"),
            Map.entry("variable-tracking", "vt"));

    private NeedleTasks() {}

    /** @throws BadInput one line that names the option, its value and the limit */
    public static NeedleTask parse(String text) {
        return FORMS.parse(spelledOut(text), SpecForm::read);
    }

    /** Whether a text begins with the word of a needle task. */
    public static boolean isNamed(String text) {
        String word = word(spelledOut(text));
        return FORMS.all().stream().anyMatch(form -> form.word().equals(word));
    }

    private static String spelledOut(String text) {
        String word = word(text);
        String ours = word.toLowerCase(Locale.ROOT).replace('_', '-');
        int colon = text.indexOf(':');
        String options = colon < 0 ? "" : text.substring(colon + 1);
        String named = RULER.get(ours);
        if (named != null) {
            return options.isEmpty() ? named : named + (named.indexOf(':') < 0 ? ":" : ",") + options;
        }
        return FORMS.all().stream().anyMatch(form -> form.word().equals(ours))
                ? ours + (colon < 0 ? "" : text.substring(colon))
                : text;
    }

    private static String word(String text) {
        int colon = text.indexOf(':');
        return (colon < 0 ? text : text.substring(0, colon)).strip();
    }

    /** Canonical text: equal tasks have equal text and different ones different text; defaults are left out. */
    public static String format(NeedleTask task) {
        SpecWriter text = new SpecWriter(task.form().word());
        task.write(text);
        return text.toString();
    }
}
