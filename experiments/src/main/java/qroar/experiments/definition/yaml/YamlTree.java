package qroar.experiments.definition.yaml;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import qroar.experiments.definition.yaml.YamlNode.Entry;
import qroar.experiments.definition.yaml.YamlNode.Place;
import qroar.protocol.BadInput;

/**
 * Reads the bytes of an experiment file into {@link YamlNode}s. Anchors, aliases, tags and several documents in one
 * file are refused: nothing here needs them, and without aliases the tree is never larger than the file.
 */
public final class YamlTree {
    /** Largest file, in bytes; a sweep of a thousand points takes less than a tenth of it. */
    public static final int MAX_BYTES = 1 << 20;

    static final int MAX_DEPTH = 12;

    private static final YAMLFactory FACTORY = new YAMLFactory();

    private final Source source;
    private final int[] codePoints;
    private final YAMLParser parser;

    private YamlTree(Source source, String text, YAMLParser parser) {
        this.source = source;
        this.codePoints = text.codePoints().toArray();
        this.parser = parser;
    }

    /** @throws BadInput where the bytes are no single well-formed YAML mapping */
    public static YamlNode.Mapping parse(Source source, byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            throw source.bad("is larger than " + MAX_BYTES + " bytes; this is no experiment file");
        }
        String text = decode(source, bytes);
        try (YAMLParser parser = FACTORY.createParser(new StringReader(text))) {
            return new YamlTree(source, text, parser).document();
        } catch (JacksonException e) {
            throw malformed(source, e, e.getLocation(), e.getOriginalMessage());
        } catch (YAMLException e) {
            throw malformed(source, e, null, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory cannot fail", e);
        }
    }

    private static BadInput malformed(Source source, Exception e, @Nullable JsonLocation location, String message) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
                Mark mark = marked.getProblemMark();
                String context = marked.getContext() == null ? "" : " " + marked.getContext();
                return source.bad(
                        source.place(mark.getLine() + 1, mark.getColumn() + 1),
                        "not YAML" + context + ": " + marked.getProblem());
            }
        }
        // The only complaint of Jackson's own names a class of the parser.
        String first = message.startsWith("Expected a field name")
                ? "a key must be a single word"
                : message.lines().findFirst().orElse("");
        if (location == null || location.getLineNr() < 1) {
            return source.bad("not YAML: " + first);
        }
        return source.bad(
                source.place(location.getLineNr(), Math.max(1, location.getColumnNr())), "not YAML: " + first);
    }

    private static String decode(Source source, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(in, out, true);
        String text = out.flip().toString();
        if (result.isError()) {
            throw source.bad(end(source, text), "is not UTF-8 text from this byte on");
        }
        if (text.startsWith("\uFEFF")) {
            text = text.substring(1);
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean control = Character.isISOControl(c) && c != '\t' && c != '\n' && c != '\r' && c != 0x85;
            if (control || c == 0xFEFF || c >= 0xFFFE) {
                throw source.bad(
                        end(source, text.substring(0, i)),
                        String.format(Locale.ROOT, "character U+%04X is not allowed", (int) c));
            }
        }
        return text;
    }

    private static Place end(Source source, String text) {
        int lineStart = text.lastIndexOf('\n') + 1;
        int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
        return source.place(line, 1 + text.codePointCount(lineStart, text.length()));
    }

    private YamlNode.Mapping document() throws IOException {
        if (parser.nextToken() == null) {
            throw source.bad("is empty; an experiment needs at least name, model, documents, lengths and quantizer");
        }
        YamlNode root = node("", 0);
        if (!(root instanceof YamlNode.Mapping mapping)) {
            throw source.bad(root.place(), "is no experiment: expected lines of the form 'key: value'");
        }
        if (parser.nextToken() != null) {
            throw source.bad(place(), "a second YAML document starts here; one file holds one experiment");
        }
        return mapping;
    }

    private YamlNode node(String path, int depth) throws IOException {
        Place place = place();
        if (depth > MAX_DEPTH) {
            throw source.bad(place, "is nested more than " + MAX_DEPTH + " deep");
        }
        refuseExtensions(place);
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return mapping(path, place, depth);
        }
        if (token == JsonToken.START_ARRAY) {
            List<YamlNode> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(node(path + "[" + items.size() + "]", depth + 1));
            }
            return new YamlNode.Sequence(items, place);
        }
        String text = parser.getText();
        return new YamlNode.Scalar(text == null ? "" : text, isPlain(), place);
    }

    /** No node can start with one of these signs unless they mean what YAML means by them. */
    private void refuseExtensions(Place place) throws IOException {
        int sign = firstSign();
        if (sign == '&' || sign == '*' || parser.isCurrentAlias()) {
            throw source.bad(place, "YAML anchors and aliases (&name, *name) are not supported; write the value out");
        }
        if (sign == '!' || parser.getTypeId() != null) {
            throw source.bad(place, "YAML tags (!tag) are not supported; write the plain value");
        }
    }

    private YamlNode.Mapping mapping(String path, Place place, int depth) throws IOException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            Place keyPlace = place();
            parser.nextToken();
            String full = path.isEmpty() ? key : path + "." + key;
            Entry before = entries.get(key);
            if (before != null) {
                throw source.bad(
                        keyPlace,
                        "key " + Source.quoted(full) + " is given twice, first in line "
                                + before.place().line());
            }
            entries.put(key, new Entry(keyPlace, node(full, depth + 1)));
        }
        return new YamlNode.Mapping(entries, place);
    }

    private boolean isPlain() {
        return "'\"|>".indexOf(firstSign()) < 0;
    }

    /** Code point with which the current node starts in the file; 0 at its end. */
    private int firstSign() {
        long offset = parser.currentTokenLocation().getCharOffset();
        return offset < 0 || offset >= codePoints.length ? 0 : codePoints[(int) offset];
    }

    private Place place() {
        JsonLocation location = parser.currentTokenLocation();
        return source.place(location.getLineNr(), location.getColumnNr());
    }
}
