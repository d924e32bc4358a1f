package qroar.orchestrator.journal.plugin;

import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import qroar.orchestrator.journal.check.Seal;
import qroar.orchestrator.journal.codec.EventCatalog;
import qroar.orchestrator.journal.codec.EventCodec;
import qroar.orchestrator.journal.codec.JournalEvent;
import qroar.orchestrator.journal.codec.JournalState;
import qroar.protocol.BadInput;

/**
 * Stores {@link JournalEvent}s and {@link JournalState}s by the catalog that {@code qroar.journal.catalog} names, and
 * the {@link Seal}s beside them. Bound to them in {@code reference.conf}; serves the journal alone, never the wire.
 */
public final class VersionedJsonSerializer extends SerializerWithStringManifest {
    private final EventCodec codec;

    public VersionedJsonSerializer(ExtendedActorSystem system) {
        this.codec = new EventCodec(catalog(system));
    }

    private static EventCatalog catalog(ExtendedActorSystem system) {
        String name = system.settings().config().getString(EventCatalog.CONFIG_KEY);
        try {
            return system.dynamicAccess()
                    .classLoader()
                    .loadClass(name)
                    .asSubclass(EventCatalog.Source.class)
                    .getDeclaredConstructor()
                    .newInstance()
                    .catalog();
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new BadInput(
                    EventCatalog.CONFIG_KEY + " = '" + name + "' is no EventCatalog.Source with a public constructor",
                    e);
        }
    }

    @Override
    public int identifier() {
        return EventCodec.SERIALIZER;
    }

    @Override
    public String manifest(Object value) {
        if (value instanceof Seal) {
            return Seal.MANIFEST;
        }
        return value instanceof PackedState packed ? packed.manifest() : codec.manifest(value);
    }

    @Override
    public byte[] toBinary(Object value) {
        if (value instanceof Seal seal) {
            return seal.bytes();
        }
        return value instanceof PackedState packed ? packed.bytes() : codec.encode(value);
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) {
        return manifest.equals(Seal.MANIFEST) ? Seal.ofBytes(bytes) : codec.decode(bytes, manifest);
    }
}
