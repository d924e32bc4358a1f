package qroar.protocol.rope;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keys of a checkpoint's {@code rope_scaling}, in order. */
final class ConfigKeys {
    private ConfigKeys() {}

    /** @param keysAndValues in turn; a key whose value is null is left out */
    static Map<String, Object> of(@Nullable Object... keysAndValues) {
        Map<String, Object> keys = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            Object value = keysAndValues[i + 1];
            if (value != null) {
                keys.put(String.valueOf(keysAndValues[i]), value);
            }
        }
        return keys;
    }
}
