/**
 * How files of users are opened: regular files only, never more of them than their reader has room for. The one package
 * of the protocol that knows files; it is here because every other module reads some.
 */
@NullMarked
package qroar.protocol.input;

import org.jspecify.annotations.NullMarked;
