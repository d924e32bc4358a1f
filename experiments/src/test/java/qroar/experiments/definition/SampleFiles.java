package qroar.experiments.definition;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder with a checkpoint folder, documents and one experiment file, as tests need it. */
final class SampleFiles {
    static final String VALID = """
            name: demo
            model: model
            documents:
              search: [docs/search-*.txt]
              held-out:
                - docs/held-*.txt
                - {packed: stories.jsonl, tokens: 2100, count: 5, skip: 2}
                - {tokens: ids.json}
              calibration: docs/search-0.txt
            calibration: {sequences: 8, length: 64}
            lengths: [512, 1024, 2048]
            weights: [length, uniform, [1, 2, 4.5]]
            window: 128
            trained-window: 512
            rope: [yarn:factor=4, checkpoint, ntk:alpha=2]
            quantizer: [rtn:bits=2,group=32, awq:bits=3,group=64, none]
            bands: [2, 4]
            grid: 7
            mode: [shared, symmetric]
            exclude:
              - {quantizer: none, mode: symmetric}
              - quantizer: "rtn:bits=2,group=32"
                bands: 2
                weights: [[1, 2, 4.5]]
            search: {strategy: line, min-gain: 1e-3, max-passes: 3, window: {widest: 0.3, narrowest: 0.1}, gradient-start: true}
            stopping: {rule: betting, alpha: 0.01}
            """;

    static final String MINIMAL = """
            name: demo
            model: model
            documents:
              search: docs/search-0.txt
              held-out: docs/held-0.txt
            lengths: 512
            quantizer: rtn:bits=4
            """;

    final Path folder;

    SampleFiles(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder.resolve("model"));
            Files.createDirectories(folder.resolve("docs"));
            for (String name : new String[] {
                "docs/search-0.txt",
                "docs/search-1.txt",
                "docs/held-0.txt",
                "docs/held-1.txt",
                "stories.jsonl",
                "ids.json"
            }) {
                Files.writeString(folder.resolve(name), "text");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path write(byte[] content) {
        try {
            return Files.write(folder.resolve("x.yaml"), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path write(String content) {
        return write(content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
