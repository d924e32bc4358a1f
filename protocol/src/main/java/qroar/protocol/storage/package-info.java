/**
 * How files come into being: whole or not at all, whoever is killed when. Beside {@code input}, through which they are read,
 * the only part of the protocol that touches a disk.
 */
@NullMarked
package qroar.protocol.storage;

import org.jspecify.annotations.NullMarked;
