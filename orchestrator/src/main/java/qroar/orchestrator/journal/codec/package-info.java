/**
 * What is stored, as bytes: events as JSON, or many of them in columns, under the versioned names of an {@link
 * qroar.orchestrator.journal.codec.EventCatalog}. Knows no database. Begin with {@link
 * qroar.orchestrator.journal.codec.EventCodec}; {@link qroar.orchestrator.journal.codec.JournalJson} lists how types are
 * written.
 */
@NullMarked
package qroar.orchestrator.journal.codec;

import org.jspecify.annotations.NullMarked;
