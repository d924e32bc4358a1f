package qroar.reports;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import qroar.experiments.attribution.Interval;
import qroar.reports.model.RunReport;

class ResultDocumentationTest {
    @Test
    void everyKeyOfTheResultIsDocumented() throws IOException {
        String document = Files.readString(Path.of("../docs/result-json.md"));
        Set<String> keys = new LinkedHashSet<>();
        collect(RunReport.class, keys, new LinkedHashSet<>());
        assertThat(keys).hasSizeGreaterThan(90).allMatch(key -> document.matches("(?s).*[`\"]" + key + "[`\"].*"));
        assertThat(document).contains(ResultFile.FORMAT, ScalesSidecar.FORMAT);
    }

    private static void collect(Type type, Set<String> keys, Set<Type> seen) {
        if (type instanceof ParameterizedType list) {
            for (Type argument : list.getActualTypeArguments()) {
                collect(argument, keys, seen);
            }
        } else if (type == Interval.class) {
            keys.addAll(List.of("nats", "lowNats", "highNats", "confidence"));
        } else if (type instanceof Class<?> record && record.isRecord() && seen.add(record)) {
            for (RecordComponent component : record.getRecordComponents()) {
                keys.add(component.getName());
                collect(component.getGenericType(), keys, seen);
            }
        }
    }
}
