package qroar.workers.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;

/**
 * The lines of a text file one by one, unpacked where it is gzip or Zstandard, strictly UTF-8, a byte order mark at the start dropped. No more of the file is
 * held than one line, and a line has a limit: a file without line ends is refused after that many bytes.
 */
public final class TextLines implements AutoCloseable {
    private final Path file;
    private final InputStream in;
    private final int mostLineBytes;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private byte[] line = new byte[256];
    private int number;

    private TextLines(Path file, InputStream in, int mostLineBytes) {
        this.file = file;
        this.in = in;
        this.mostLineBytes = mostLineBytes;
    }

    /**
     * @param mostBytes of the file, and of what it unpacks to
     * @param mostLineBytes of a line
     * @throws BadInput in one line naming the file, as every method does, for whatever is no text
     */
    public static TextLines open(Path file, long mostBytes, int mostLineBytes) {
        TextLines lines = new TextLines(file, PackedText.open(file, mostBytes), mostLineBytes);
        try {
            lines.end = lines.in.readNBytes(lines.buffer, 0, lines.buffer.length);
            PlainText.refuseForeign(file, lines.buffer, lines.end);
            lines.at = PlainText.startsWithMark(lines.buffer, lines.end) ? 3 : 0;
            return lines;
        } catch (IOException e) {
            lines.close();
            throw InputFile.unreadable(file, e);
        } catch (RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    /** The next line without its end; null after the last. */
    public @Nullable String next() {
        int length = 0;
        boolean found = false;
        number++;
        while (!found && fill()) {
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            length = append(from, length);
            found = at < end;
            at += found ? 1 : 0;
        }
        if (!found && length == 0) {
            return null;
        }
        return decoded(length > 0 && line[length - 1] == '\r' ? length - 1 : length);
    }

    /** Of the line that was read last, from 1. */
    public int number() {
        return number;
    }

    private boolean fill() {
        if (at < end) {
            return true;
        }
        try {
            at = 0;
            end = Math.max(0, in.read(buffer));
            return end > 0;
        } catch (IOException e) {
            throw InputFile.unreadable(file, e);
        }
    }

    private int append(int from, int length) {
        int more = at - from;
        if (length + more > mostLineBytes) {
            throw new BadInput(file + ": line " + number + " has more than " + mostLineBytes
                    + " bytes, the most that a line may have");
        }
        if (length + more > line.length) {
            line = Arrays.copyOf(line, Math.max(2 * line.length, length + more));
        }
        System.arraycopy(buffer, from, line, length, more);
        return length + more;
    }

    private String decoded(int length) {
        try {
            String text = PlainText.strictUtf8()
                    .decode(ByteBuffer.wrap(line, 0, length))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                throw new BadInput(file + ": is no text: a zero byte in line " + number);
            }
            return text;
        } catch (CharacterCodingException e) {
            throw new BadInput(file + ": is not valid UTF-8 in line " + number, e);
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw InputFile.unreadable(file, e);
        }
    }
}
