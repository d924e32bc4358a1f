package qroar.orchestrator.journal.codec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which classes are stored under which name: the append-only table of everything a journal may hold. A name, once
 * written, is never given to anything else; when the stored shape of a class changes, its version rises by one and an
 * upcast from the version before is added, so every older journal stays readable.
 *
 * <p>A manifest is {@code name/version}, for instance {@code trial-finished/1}. Immutable.
 */
public final class EventCatalog {
    private final Map<String, Entry> byName;
    private final Map<Class<?>, Entry> byClass;
    private final Set<String> retired;

    private EventCatalog(Map<String, Entry> byName, Set<String> retired) {
        this.byName = Map.copyOf(byName);
        this.retired = Set.copyOf(retired);
        Map<Class<?>, Entry> classes = new LinkedHashMap<>();
        byName.values().forEach(entry -> classes.put(entry.type(), entry));
        this.byClass = Map.copyOf(classes);
    }

    /** Names the catalog in the configuration. */
    public static final String CONFIG_KEY = "qroar.journal.catalog";

    /** Gives a catalog; named in the configuration, so with a public constructor. */
    public interface Source {
        EventCatalog catalog();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Manifests of what is written today, sorted by name: what a test pins down. */
    public List<String> manifests() {
        return byName.values().stream().map(Entry::manifest).sorted().toList();
    }

    /** Classes that may be written. */
    public List<Class<?>> types() {
        return byName.values().stream().<Class<?>>map(Entry::type).toList();
    }

    Entry entryOf(Class<?> type) {
        Entry entry = byClass.get(type);
        if (entry == null) {
            throw new JournalFormatException(
                    "class " + type.getName() + " is not in the event catalog, so it cannot be stored");
        }
        return entry;
    }

    @Nullable Entry entryNamed(String name) {
        return byName.get(name);
    }

    /** Whether it names, in whatever version, snapshots that are passed over. */
    boolean isRetired(String manifest) {
        int slash = manifest.indexOf('/');
        return slash > 0 && retired.contains(manifest.substring(0, slash));
    }

    /** One name: its class, the version written today, and the way up from each older version. */
    record Entry(String name, int version, Class<?> type, List<UnaryOperator<ObjectNode>> upcasts) {
        Entry {
            upcasts = List.copyOf(upcasts);
        }

        String manifest() {
            return name + "/" + version;
        }
    }

    /** Collects the table; every mistake in it throws at once, so that none is found when a journal is read. */
    public static final class Builder {
        private final Map<String, Entry> entries = new LinkedHashMap<>();
        private final Set<String> retired = new HashSet<>();

        private Builder() {}

        /** An event at its first version. */
        public Builder event(String name, Class<? extends JournalEvent> type) {
            return add(name, type, List.of());
        }

        /**
         * An event whose shape has changed.
         *
         * @param upcasts the step from version 1 to 2, from 2 to 3, ...; the version written today is one more than
         *     their number. A step gets the stored JSON object and returns the changed one
         */
        public Builder event(String name, Class<? extends JournalEvent> type, List<UnaryOperator<ObjectNode>> upcasts) {
            return add(name, type, upcasts);
        }

        /** A snapshot state at its first version. */
        public Builder state(String name, Class<? extends JournalState> type) {
            return add(name, type, List.of());
        }

        /** A snapshot state whose shape has changed; see {@link #event(String, Class, List)}. */
        public Builder state(String name, Class<? extends JournalState> type, List<UnaryOperator<ObjectNode>> upcasts) {
            return add(name, type, upcasts);
        }

        /** Snapshots that are the events which lead to a state. */
        public Builder series(String name) {
            return add(name, EventSeries.class, List.of());
        }

        /**
         * A name under which snapshots were written once. They are passed over: what they held is in the events before them.
         */
        public Builder retired(String name) {
            retired.add(name);
            return this;
        }

        private Builder add(String name, Class<?> type, List<UnaryOperator<ObjectNode>> upcasts) {
            if (!name.matches("[a-z][a-z0-9-]*")) {
                throw new IllegalArgumentException("event name '" + name + "' must be lower-case words with hyphens");
            }
            if (entries.values().stream().anyMatch(entry -> entry.type().equals(type))) {
                throw new IllegalArgumentException(type.getName() + " is in the event catalog twice");
            }
            if (entries.put(name, new Entry(name, upcasts.size() + 1, type, new ArrayList<>(upcasts))) != null) {
                throw new IllegalArgumentException("event name '" + name + "' is in the event catalog twice");
            }
            return this;
        }

        public EventCatalog build() {
            for (String name : retired) {
                if (entries.containsKey(name)) {
                    throw new IllegalArgumentException("name '" + name + "' is in the event catalog and retired");
                }
            }
            return new EventCatalog(entries, retired);
        }
    }
}
