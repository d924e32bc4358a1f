package qroar.orchestrator.journal.codec;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How a record is taken apart into its components, and put together again. Thread-safe. */
final class RecordShape {
    private final Constructor<?> constructor;
    private final List<Part> parts;

    private RecordShape(Constructor<?> constructor, List<Part> parts) {
        this.constructor = constructor;
        this.parts = List.copyOf(parts);
    }

    /** A component. */
    record Part(String name, Class<?> type, Type fullType, Method accessor) {
        Object of(Object whole) {
            try {
                return accessor.invoke(whole);
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new JournalFormatException("cannot read " + name + " of " + whole.getClass(), e);
            }
        }
    }

    static RecordShape of(Class<?> type) {
        List<Part> parts = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            component.getAccessor().setAccessible(true);
            parts.add(new Part(
                    component.getName(), component.getType(), component.getGenericType(), component.getAccessor()));
        }
        try {
            Constructor<?> canonical =
                    type.getDeclaredConstructor(parts.stream().map(Part::type).toArray(Class<?>[]::new));
            canonical.setAccessible(true);
            return new RecordShape(canonical, parts);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("a record has its canonical constructor: " + type, e);
        }
    }

    /** Whether it consists of numbers, truth values and texts alone, so that nothing about it needs JSON. */
    static boolean isPlain(Class<?> type) {
        return type.isRecord()
                && Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getType)
                        .allMatch(part -> part == int.class
                                || part == long.class
                                || part == double.class
                                || part == boolean.class
                                || isPlain(part));
    }

    List<Part> parts() {
        return parts;
    }

    /** @throws JournalFormatException when the record refuses them */
    Object make(Object[] values) {
        try {
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new JournalFormatException(
                    "no " + constructor.getDeclaringClass().getSimpleName() + ": " + cause.getMessage(), e);
        }
    }
}
