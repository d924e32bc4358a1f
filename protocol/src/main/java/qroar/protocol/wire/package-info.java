/** Kryo on the wire: registered classes only, bounded lengths, a checksum per message. */
@NullMarked
package qroar.protocol.wire;

import org.jspecify.annotations.NullMarked;
