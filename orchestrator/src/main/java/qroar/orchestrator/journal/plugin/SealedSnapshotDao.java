package qroar.orchestrator.journal.plugin;

import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.jdbc.config.SnapshotConfig;
import org.apache.pekko.persistence.jdbc.snapshot.dao.DefaultSnapshotDao;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.apache.pekko.stream.Materializer;
import qroar.orchestrator.journal.check.Seal;
import qroar.orchestrator.journal.codec.RetiredState;
import scala.Option;
import scala.Tuple2;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

/** Writes snapshots with their {@link Seal}, and passes over those in a form that is not read any more. Named in {@code journal.conf}, so with a public constructor. */
public final class SealedSnapshotDao extends DefaultSnapshotDao {
    private final Serialization serialization;
    private final ExecutionContext executor;

    public SealedSnapshotDao(
            JdbcBackend.JdbcDatabaseDef database,
            JdbcProfile profile,
            SnapshotConfig config,
            Serialization serialization,
            ExecutionContext executor,
            Materializer materializer) {
        super(database, profile, config, serialization, executor, materializer);
        this.serialization = serialization;
        this.executor = executor;
    }

    @Override
    public Future<Option<Tuple2<SnapshotMetadata, Object>>> latestSnapshot(String persistenceId) {
        return ofToday(super.latestSnapshot(persistenceId));
    }

    @Override
    public Future<Option<Tuple2<SnapshotMetadata, Object>>> snapshotForMaxTimestamp(
            String persistenceId, long timestamp) {
        return ofToday(super.snapshotForMaxTimestamp(persistenceId, timestamp));
    }

    @Override
    public Future<Option<Tuple2<SnapshotMetadata, Object>>> snapshotForMaxSequenceNr(
            String persistenceId, long sequenceNr) {
        return ofToday(super.snapshotForMaxSequenceNr(persistenceId, sequenceNr));
    }

    @Override
    public Future<Option<Tuple2<SnapshotMetadata, Object>>> snapshotForMaxSequenceNrAndMaxTimestamp(
            String persistenceId, long sequenceNr, long timestamp) {
        return ofToday(super.snapshotForMaxSequenceNrAndMaxTimestamp(persistenceId, sequenceNr, timestamp));
    }

    /** Older snapshots than one that is retired are too. */
    private Future<Option<Tuple2<SnapshotMetadata, Object>>> ofToday(
            Future<Option<Tuple2<SnapshotMetadata, Object>>> found) {
        return found.map(
                snapshot ->
                        snapshot.isDefined() && snapshot.get()._2() instanceof RetiredState ? Option.empty() : snapshot,
                executor);
    }

    @Override
    public Future<BoxedUnit> save(SnapshotMetadata metadata, Object state) {
        Serializer serializer = serialization.findSerializerFor(state);
        String manifest = Serializers.manifestFor(serializer, state);
        byte[] bytes = serializer.toBinary(state);
        Seal.Place place = Seal.Place.ofSnapshot(metadata.persistenceId(), metadata.sequenceNr(), metadata.timestamp());
        return super.save(
                metadata.withMetadata(Seal.ofSnapshot(place, manifest, bytes)), new PackedState(manifest, bytes));
    }
}
