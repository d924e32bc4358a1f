package qroar.reports.takeaway;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/**
 * A table of a page, taken apart.
 *
 * @param caption without its number
 * @param head rows of its head
 * @param body rows of its body
 * @param columns {@code l} or {@code r} per column
 */
record PageTable(String caption, List<List<Cell>> head, List<List<Cell>> body, String columns) {
    /**
     * One cell.
     *
     * @param text what it says
     * @param small what it says in small print: an interval, a remark
     */
    record Cell(String text, List<String> small) {
        static final Cell EMPTY = new Cell("", List.of());

        String whole() {
            List<String> parts = new ArrayList<>(small);
            parts.add(0, text);
            parts.removeIf(String::isEmpty);
            return String.join(" ", parts);
        }
    }

    /** @param markup one {@code table} element; well-formed, for a template wrote it */
    static PageTable of(String markup) {
        Element table = parse(markup);
        StringBuilder columns = new StringBuilder();
        List<List<Cell>> head = new ArrayList<>();
        List<List<Cell>> body = new ArrayList<>();
        String caption = "";
        for (Element part : children(table)) {
            if (part.getTagName().equals("caption")) {
                caption = tidy(part.getTextContent()).replaceFirst("^Table \\d+\\. ?", "");
                continue;
            }
            for (Element row : children(part)) {
                (part.getTagName().equals("thead") ? head : body).add(row(row));
                if (part.getTagName().equals("tbody") && columns.isEmpty()) {
                    columns.append(alignment(row));
                }
            }
        }
        return new PageTable(caption, head, body, columns.isEmpty() ? "l" : columns.toString());
    }

    private static Element parse(String markup) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            String plain = markup.replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "\uFFFD");
            return factory.newDocumentBuilder()
                    .parse(new InputSource(new StringReader(plain)))
                    .getDocumentElement();
        } catch (javax.xml.parsers.ParserConfigurationException | org.xml.sax.SAXException | java.io.IOException e) {
            throw new IllegalStateException("a table of a page is well-formed", e);
        }
    }

    private static List<Element> children(Element parent) {
        List<Element> children = new ArrayList<>();
        NodeList nodes = parent.getChildNodes();
        for (int i = 0; i < nodes.getLength(); i++) {
            if (nodes.item(i) instanceof Element child) {
                children.add(child);
            }
        }
        return children;
    }

    private static List<Cell> row(Element row) {
        List<Cell> cells = new ArrayList<>();
        for (Element cell : children(row)) {
            StringBuilder text = new StringBuilder();
            List<String> small = new ArrayList<>();
            for (Node node = cell.getFirstChild(); node != null; node = node.getNextSibling()) {
                boolean isTag = node instanceof Element element
                        && element.getAttribute("class").equals("tag");
                if (node.getNodeName().equals("small")) {
                    small.add(tidy(node.getTextContent()));
                } else if (!isTag) {
                    text.append(node.getNodeName().equals("br") ? " " : node.getTextContent());
                }
            }
            cells.add(new Cell(tidy(text.toString()), small));
            for (int more = span(cell) - 1; more > 0; more--) {
                cells.add(Cell.EMPTY);
            }
        }
        return cells;
    }

    private static String alignment(Element row) {
        return children(row).stream()
                .map(cell -> (cell.getAttribute("class").matches("(.* )?t( .*)?") ? "l" : "r").repeat(span(cell)))
                .collect(Collectors.joining());
    }

    private static int span(Element cell) {
        String span = cell.getAttribute("colspan");
        return span.isEmpty() ? 1 : Integer.parseInt(span);
    }

    private static String tidy(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    /** RFC 4180: plain numbers, without the commas of thousands and with the minus of programs; empty for a dash. */
    String csv() {
        StringBuilder csv = new StringBuilder();
        for (List<List<Cell>> rows : List.of(head, body)) {
            for (List<Cell> row : rows) {
                csv.append(row.stream().map(cell -> field(cell.whole())).collect(Collectors.joining(",")));
                csv.append("\r\n");
            }
        }
        return csv.toString();
    }

    private static String field(String text) {
        String plain = text.replace('\u2212', '-');
        if (plain.matches("-?\\d{1,3}(,\\d{3})+( .*)?")) {
            int end = plain.indexOf(' ') < 0 ? plain.length() : plain.indexOf(' ');
            plain = plain.substring(0, end).replace(",", "") + plain.substring(end);
        }
        if (plain.equals("\u2014")) {
            return "";
        }
        return plain.matches("(?s).*[\",\r\n].*") ? '"' + plain.replace("\"", "\"\"") + '"' : plain;
    }

    /** With the rules of booktabs. */
    String latex() {
        StringBuilder latex = new StringBuilder("% \\usepackage{booktabs}\n\\begin{table}\n");
        latex.append("\\caption{").append(tex(caption)).append("}\n");
        latex.append("\\begin{tabular}{").append(columns).append("}\n\\toprule\n");
        head.forEach(row -> latex.append(line(row)));
        latex.append(head.isEmpty() ? "" : "\\midrule\n");
        body.forEach(row -> latex.append(line(row)));
        return latex.append("\\bottomrule\n\\end{tabular}\n\\end{table}\n").toString();
    }

    private static String line(List<Cell> row) {
        return row.stream()
                        .map(cell -> tex(cell.text())
                                + cell.small().stream()
                                        .map(small -> " {\\scriptsize " + tex(small) + "}")
                                        .collect(Collectors.joining()))
                        .collect(Collectors.joining(" & "))
                + " \\\\\n";
    }

    private static String tex(String text) {
        StringBuilder tex = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> tex.append("\\textbackslash{}");
                case '^' -> tex.append("\\textasciicircum{}");
                case '~' -> tex.append("\\textasciitilde{}");
                case '{', '}', '$', '&', '#', '%', '_' -> tex.append('\\').appendCodePoint(c);
                case '\u2212' -> tex.append("$-$");
                case '\u2013' -> tex.append("--");
                case '\u2014' -> tex.append("---");
                case '\u00b7' -> tex.append("$\\cdot$");
                case '\u00d7' -> tex.append("$\\times$");
                case '\u2192' -> tex.append("$\\to$");
                case '\u221e' -> tex.append("$\\infty$");
                case '\u00b1' -> tex.append("$\\pm$");
                default -> tex.appendCodePoint(c);
            }
        });
        return tex.toString();
    }
}
