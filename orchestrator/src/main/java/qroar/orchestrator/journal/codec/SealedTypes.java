package qroar.orchestrator.journal.codec;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.RopeScaling;

/**
 * Our sealed interfaces tell their records apart by a {@code type}. The names come from the closed list of permitted
 * records alone: no class name is ever read from a journal.
 */
@SuppressWarnings("serial") // never written with Java serialization
final class SealedTypes extends JacksonAnnotationIntrospector {
    @Override
    public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(MapperConfig<?> config, Annotated annotated) {
        return isOurs(annotated.getRawType())
                ? JsonTypeInfo.Value.construct(
                        JsonTypeInfo.Id.NAME, JsonTypeInfo.As.PROPERTY, "type", null, false, true)
                : super.findPolymorphicTypeInfo(config, annotated);
    }

    @Override
    public @Nullable List<NamedType> findSubtypes(Annotated annotated) {
        if (!isOurs(annotated.getRawType())) {
            return super.findSubtypes(annotated);
        }
        List<NamedType> records = new ArrayList<>();
        addRecords(annotated.getRawType(), records);
        return records;
    }

    private static void addRecords(Class<?> sealed, List<NamedType> records) {
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            if (permitted.isSealed()) {
                addRecords(permitted, records);
            } else {
                records.add(new NamedType(permitted, word(permitted)));
            }
        }
    }

    private static boolean isOurs(Class<?> type) {
        return type.isInterface()
                && type.isSealed()
                && type.getName().startsWith("qroar.")
                && type != RopeScaling.class; // stored as its spec text
    }

    /** {@code LongRope} becomes {@code long-rope}. */
    static String word(Class<?> type) {
        return type.getSimpleName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }
}
