package qroar.protocol.wire;

import java.io.NotSerializableException;

/** Bytes that are no message of this build: damaged, cut, of another version, or never a message at all. */
public final class CorruptMessage extends NotSerializableException {
    private static final long serialVersionUID = 1L;

    CorruptMessage(String message) {
        super(message);
    }

    CorruptMessage(String message, Throwable cause) {
        super(message);
        initCause(cause);
    }
}
