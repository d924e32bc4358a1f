package qroar.protocol.wire;

import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.StreamRefResolver;

/** Actors and streams as text that another process can resolve. Thread-safe. */
final class PeerReferences {
    private final ExtendedActorSystem system;

    PeerReferences(ExtendedActorSystem system) {
        this.system = system;
    }

    /** Looked up per use: serializers are created while the system still starts, when extensions must not be touched. */
    private ActorRefResolver actors() {
        return ActorRefResolver.get(Adapter.toTyped(system));
    }

    String text(ActorRef<?> actor) {
        return actors().toSerializationFormat(actor);
    }

    <T> ActorRef<T> actor(String text) {
        return actors().resolveActorRef(text);
    }

    String text(SourceRef<?> source) {
        return StreamRefResolver.get(system).toSerializationFormat(source);
    }

    <T> SourceRef<T> source(String text) {
        return StreamRefResolver.get(system).resolveSourceRef(text);
    }
}
