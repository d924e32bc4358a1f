package qroar.orchestrator.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputTest {
    /** As JsonNode, whose numbers Jackson writes past all serializers of numbers, too. */
    @Test
    void aNumberThatIsNoneIsNullWhereverItStands() throws Exception {
        record Row(double mean, Float share, double[] losses, float[] shares) {}
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("boxed", Double.NaN);
        figures.put("listed", Arrays.asList(1.5, Double.POSITIVE_INFINITY, null));
        figures.put("array", new double[] {Double.NEGATIVE_INFINITY, 0.1, Double.NaN});
        figures.put(
                "row",
                new Row(Double.NaN, Float.NEGATIVE_INFINITY, new double[] {Double.NaN, 2}, new float[] {Float.NaN, 3}));
        figures.put("rows", List.of(Map.of("deep", new Object[] {Double.NaN})));
        figures.put("tree", JsonNodeFactory.instance.objectNode().put("number", Double.NaN));
        figures.put("word", "NaN");

        JsonNode read = new ObjectMapper().readTree(Output.json(figures));

        assertThat(read).isEqualTo(new ObjectMapper().readTree("""
                        {"boxed": null, "listed": [1.5, null, null], "array": [null, 0.1, null],
                         "row": {"mean": null, "share": null, "losses": [null, 2.0], "shares": [null, 3.0]},
                         "rows": [{"deep": [null]}], "tree": {"number": null}, "word": "NaN"}
                        """));
    }
}
