/**
 * The record of a run: events and snapshots, durable before they are acted on.
 *
 * <p>{@link qroar.orchestrator.journal.Journal} is either of two places. By default Pekko Persistence writes through its JDBC plugin into one SQLite file per run (write-ahead log, every commit
 * synced), over one connection, so that nothing in a run ever waits for a lock; {@link qroar.orchestrator.journal.RunLock} keeps a second process
 * out, because SQLite itself would let it in. For a shared installation it is a PostgreSQL database
 * ({@code --journal}), through the same plugin, catalog and reader. Events are JSON under explicit versioned manifests ({@link
 * qroar.orchestrator.journal.codec.EventCatalog}): people query them with SQL, and a changed class is an error or an upcast,
 * never a silently misread number. Bytes of every version, and whole interrupted runs (test folder {@code recorded-runs}),
 * are kept: whoever raises a version, or changes what studies decide, records another run, and a test says so.
 * Each row carries a checksum over its bytes and its place ({@link qroar.orchestrator.journal.check.Seal}), written by data
 * access objects of ours around the plugin's; before a run is taken up {@link
 * qroar.orchestrator.journal.JournalReader#check} has looked at every row, so that what the plugin replays is known to be
 * what was written. {@link qroar.orchestrator.journal.JournalReader} reads beside a living writer.
 *
 * <p>A snapshot is a shorter beginning of the journal: the events that lead to the same state, without what later ones
 * made needless, in columns ({@link qroar.orchestrator.journal.codec.EventSeries}). It is only a short cut. Events are never
 * deleted, so a snapshot that is damaged, or of a form that is not written any more, is passed over.
 *
 * <p>Rooms: {@code codec} (what is stored, as bytes), {@code check} (whether it is what was written), {@code plugin} (what
 * Pekko is given); here are the two places and what opens, locks and cuts them.
 */
@NullMarked
package qroar.orchestrator.journal;

import org.jspecify.annotations.NullMarked;
