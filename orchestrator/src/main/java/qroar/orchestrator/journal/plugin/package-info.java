/**
 * What Pekko Persistence is given so that its JDBC plugin writes our bytes with their checksums; named in {@code
 * reference.conf} and {@code journal.conf}, and used by nothing else.
 */
@NullMarked
package qroar.orchestrator.journal.plugin;

import org.jspecify.annotations.NullMarked;
