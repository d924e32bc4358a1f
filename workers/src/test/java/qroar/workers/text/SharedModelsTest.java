package qroar.workers.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import qroar.workers.checkpoint.Checkpoint;

/** Checks against third-party models and texts that are no part of the repository; {@code QROAR_SHARED} names them. */
class SharedModelsTest {
    @Test
    void thirdPartyCheckpointsOpenAndPackStories() throws IOException {
        String shared = System.getenv("QROAR_SHARED");
        if (shared == null) {
            System.out.println("third-party checkpoints: not run, QROAR_SHARED is not set");
            return;
        }
        Path stories = Path.of(shared, "data/tinystories/stories.jsonl");
        List<String> done = new ArrayList<>();
        try (Stream<Path> models = Files.list(Path.of(shared, "models"))) {
            for (Path model : models.filter(m -> Files.exists(m.resolve("tokenizer.json")))
                    .sorted()
                    .toList()) {
                Checkpoint checkpoint = Checkpoint.open(model);
                try (Tokenizer tokenizer = Tokenizer.open(model, checkpoint.config())) {
                    List<TokenizedDocument> documents = Documents.packed(stories, tokenizer, new Packing(3, 2048, 10));
                    assertThat(documents).hasSize(3).allSatisfy(d -> {
                        assertThat(d.tokens()).hasSize(2048).startsWith(1).contains(1);
                        assertThat(Arrays.stream(d.tokens())
                                        .filter(id -> id == 1)
                                        .count())
                                .isBetween(3L, 40L);
                    });
                }
                done.add(model.getFileName() + " " + checkpoint.digest().substring(0, 12));
            }
        }
        System.out.println("third-party checkpoints: " + done.size() + " run " + done);
        assertThat(done).isNotEmpty();
    }
}
