/**
 * Kryo on the wire. A frame is a CRC32C (four bytes, big-endian) and a payload: the registered number of the message's
 * class, then its fields in order, written by hand.
 *
 * <p>Numbers in {@link qroar.protocol.wire.WireRegistry} are append-only, class names never travel, and no length is
 * believed before it was compared with its limit and with the bytes that are left: six bytes must not be able to ask for
 * gigabytes. Whatever cannot be read ends as a {@link qroar.protocol.wire.CorruptMessage}. Field layout is pinned by a
 * fixture of bytes; nothing is ever persisted in this form.
 */
@NullMarked
package qroar.protocol.wire;

import org.jspecify.annotations.NullMarked;
