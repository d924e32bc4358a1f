package qroar.reports;

import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Pages and pictures as parsed trees. Both are written as well-formed XML, so a strict parser checks the nesting. */
public final class Markup {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?");

    private Markup() {}

    public static Element parse(byte[] page) {
        return parse(new String(page, StandardCharsets.UTF_8).replaceFirst("<!doctype html>\\s*", ""));
    }

    public static Element parse(String xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder()
                    .parse(new InputSource(new StringReader(xml)))
                    .getDocumentElement();
        } catch (Exception e) {
            throw new AssertionError("not well-formed: " + e.getMessage(), e);
        }
    }

    public static List<Element> all(Element root, String name) {
        NodeList nodes = root.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    public static List<String> texts(Element root, String name) {
        return all(root, name).stream()
                .map(element -> element.getTextContent().strip())
                .toList();
    }

    /** The cells of a row, intervals and remarks in small print left out. */
    public static List<String> cells(Element row) {
        List<String> cells = new ArrayList<>();
        for (Node node = row.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element cell) {
                StringBuilder text = new StringBuilder();
                for (Node part = cell.getFirstChild(); part != null; part = part.getNextSibling()) {
                    text.append(part.getNodeName().equals("small") ? "" : part.getTextContent());
                }
                cells.add(text.toString().strip());
            }
        }
        return cells;
    }

    /** Every point of a picture that is given absolutely: corners, ends of lines, starts of markers, anchors of texts. */
    public static List<double[]> points(Element svg) {
        List<double[]> points = new ArrayList<>();
        for (Element path : all(svg, "path")) {
            String absolute = path.getAttribute("d").replaceAll("a[^A-Z]*", "");
            Matcher numbers = NUMBER.matcher(absolute);
            while (numbers.find()) {
                double x = Double.parseDouble(numbers.group());
                if (!numbers.find()) {
                    throw new AssertionError("odd number of coordinates in " + path.getAttribute("d"));
                }
                points.add(new double[] {x, Double.parseDouble(numbers.group())});
            }
        }
        for (Element rect : all(svg, "rect")) {
            double x = number(rect, "x");
            double y = number(rect, "y");
            points.add(new double[] {x, y});
            points.add(new double[] {x + number(rect, "width"), y + number(rect, "height")});
        }
        for (Element text : all(svg, "text")) {
            points.add(new double[] {number(text, "x"), number(text, "y")});
        }
        return points;
    }

    public static double number(Element element, String attribute) {
        return Double.parseDouble(element.getAttribute(attribute));
    }
}
