package qroar.orchestrator.journal.plugin;

import java.util.List;
import org.apache.pekko.persistence.jdbc.config.JournalConfig;
import org.apache.pekko.persistence.jdbc.journal.dao.DefaultJournalDao;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.Materializer;
import qroar.orchestrator.journal.check.Seal;
import qroar.orchestrator.journal.codec.EventCodec;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.collection.immutable.Set;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

/** Writes events with their {@link Seal}. Named in {@code journal.conf}, so with a public constructor. */
public final class SealedJournalDao extends DefaultJournalDao {
    public SealedJournalDao(
            JdbcBackend.JdbcDatabaseDef database,
            JdbcProfile profile,
            JournalConfig config,
            Serialization serialization,
            ExecutionContext executor,
            Materializer materializer) {
        super(database, profile, config, serialization, executor, materializer);
    }

    @Override
    public Future<BoxedUnit> writeJournalRows(Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
        List<Tuple2<JournalPekkoSerializationRow, Set<String>>> sealed = CollectionConverters.asJava(rows).stream()
                .map(row -> new Tuple2<>(sealed(row._1()), row._2()))
                .toList();
        return super.writeJournalRows(CollectionConverters.asScala(sealed).toSeq());
    }

    private static JournalPekkoSerializationRow sealed(JournalPekkoSerializationRow row) {
        Seal.Place place =
                new Seal.Place(row.persistenceId(), row.sequenceNumber(), row.writer(), row.writeTimestamp());
        Seal seal = Seal.ofEvent(place, row.eventSerManifest(), row.eventPayload());
        return row.copy(
                row.ordering(),
                row.deleted(),
                row.persistenceId(),
                row.sequenceNumber(),
                row.writer(),
                row.writeTimestamp(),
                row.adapterManifest(),
                row.eventPayload(),
                row.eventSerId(),
                row.eventSerManifest(),
                Option.apply(seal.bytes()),
                Option.apply(EventCodec.SERIALIZER),
                Option.apply(Seal.MANIFEST));
    }
}
