package qroar.workers.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;

/**
 * Bytes of a file, unpacked where they are gzip or Zstandard, as text: strictly UTF-8, a byte order mark at the start dropped.
 * What is plainly something else (an archive, binary, UTF-16) is refused in one line that says what it is and what to do.
 */
final class PlainText {
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private PlainText() {}

    static String read(Path file, long mostBytes) {
        return decode(file, PackedText.isPacked(file) ? unpacked(file, mostBytes) : InputFile.bytes(file, mostBytes));
    }

    private static byte[] unpacked(Path file, long mostBytes) {
        try (InputStream in = PackedText.open(file, InputFile.mostAtOnce(mostBytes))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw InputFile.unreadable(file, e);
        }
    }

    private static String decode(Path file, byte[] bytes) {
        refuseForeign(file, bytes, bytes.length);
        int from = startsWithMark(bytes, bytes.length) ? MARK.length : 0;
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                throw new BadInput(file + ": is no text: a zero byte in line " + line(bytes, i));
            }
        }
        requireUtf8(file, bytes, from);
        return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }

    /** Piece by piece, so that a large text is not there twice. */
    private static void requireUtf8(Path file, byte[] bytes, int from) {
        ByteBuffer in = ByteBuffer.wrap(bytes, from, bytes.length - from);
        CharBuffer piece = CharBuffer.allocate(1 << 13);
        CharsetDecoder decoder = strictUtf8();
        CoderResult result = CoderResult.OVERFLOW;
        while (result.isOverflow()) {
            result = decoder.decode(in, piece.clear(), true);
        }
        if (result.isError()) {
            throw new BadInput(file + ": is not valid UTF-8 at byte " + in.position() + " (line "
                    + line(bytes, in.position()) + ")");
        }
    }

    static CharsetDecoder strictUtf8() {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /** @param length of the bytes that are there */
    static void refuseForeign(Path file, byte[] start, int length) {
        String format = ForeignFormat.of(start, length);
        if (format != null) {
            throw new BadInput(file + ": is no UTF-8 text but " + format);
        }
    }

    static boolean startsWithMark(byte[] bytes, int length) {
        return length >= MARK.length && bytes[0] == MARK[0] && bytes[1] == MARK[1] && bytes[2] == MARK[2];
    }

    private static int line(byte[] bytes, int position) {
        int line = 1;
        for (int i = 0; i < position; i++) {
            line += bytes[i] == '\n' ? 1 : 0;
        }
        return line;
    }
}
