package qroar.reports;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.reports.model.LengthRow;

/**
 * Checks what was read from a file against what its records promise, where JSON's types do not: nothing is null that is
 * not marked so, no count or index is negative, no number is infinite, every length has a token.
 */
final class WholeReport {
    private final Path file;

    private WholeReport(Path file) {
        this.file = file;
    }

    /** @throws BadInput naming the file, the key and its value */
    static void check(Path file, Record report) {
        new WholeReport(file).record("", report);
    }

    private void record(String path, Record record) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            String key = (path.isEmpty() ? "" : path + ".") + component.getName();
            Object value = value(component, record);
            if (value != null) {
                value(key, value);
            } else if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                throw bad(key, null, "must have a value");
            }
        }
        if (record instanceof LengthRow row && row.lengthTokens() < 1) {
            throw bad(path + ".lengthTokens", row.lengthTokens(), "must be at least 1");
        }
    }

    private static @Nullable Object value(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("accessors of our records are public", e);
        }
    }

    private void value(String key, @Nullable Object value) {
        if (value == null) {
            throw bad(key, null, "must have a value");
        } else if (value instanceof Record nested) {
            record(key, nested);
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                value(key + "[" + i + "]", list.get(i));
            }
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((name, entry) -> value(key + "." + name, entry));
        } else if (value instanceof Double number && number.isInfinite()) {
            throw bad(key, value, "must be a finite number");
        } else if ((value instanceof Integer || value instanceof Long) && ((Number) value).longValue() < 0) {
            throw bad(key, value, "must not be negative");
        }
    }

    private BadInput bad(String key, @Nullable Object value, String limit) {
        return new BadInput(file + ": key '" + OneLine.value(key) + "' is " + value + "; it " + limit);
    }
}
