package qroar.protocol.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

class HubCacheTest {
    private static final String MAIN = "8a1b5c0000000000000000000000000000000001";
    private static final String OLD = "8a1b5c0000000000000000000000000000000002";

    @TempDir
    private Path hub = Path.of("");

    private Path model = Path.of("");
    private HubCache cache = HubCache.of(Map.of());

    @BeforeEach
    void download() throws IOException {
        model = hub.resolve("models--TinyLlama--TinyLlama-1.1B_Chat.v1");
        Files.createDirectories(model.resolve("refs/pr"));
        Files.writeString(model.resolve("refs/main"), MAIN);
        Files.writeString(model.resolve("refs/pr/7"), OLD);
        for (String commit : new String[] {MAIN, OLD}) {
            Files.createDirectories(model.resolve("snapshots").resolve(commit));
            Files.writeString(model.resolve("snapshots").resolve(commit).resolve("config.json"), "{}");
        }
        cache = HubCache.of(Map.of("HF_HUB_CACHE", hub.toString(), "HF_HOME", "/elsewhere"));
    }

    private Path snapshot(String commit) {
        return model.resolve("snapshots").resolve(commit);
    }

    @Test
    void aModelIsFoundByItsName() {
        String name = "TinyLlama/TinyLlama-1.1B_Chat.v1";
        assertThat(cache.locate(name)).isEqualTo(snapshot(MAIN));
        assertThat(cache.locate(name + "@" + OLD)).isEqualTo(snapshot(OLD));
        assertThat(cache.locate(name + "@pr/7")).isEqualTo(snapshot(OLD));
        assertThat(cache.locate(name + "/q4/a.gguf")).isEqualTo(snapshot(MAIN).resolve("q4/a.gguf"));
    }

    @Test
    void aFolderOfTheCacheStandsForItsSnapshot() throws IOException {
        assertThat(cache.locate(model.toString())).isEqualTo(snapshot(MAIN));
        Files.delete(model.resolve("refs/main"));
        assertThatThrownBy(() -> cache.locate(model.toString()))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("has no revision 'main'; its snapshots are [" + MAIN + ", " + OLD + "]");
        Files.delete(snapshot(OLD).resolve("config.json"));
        Files.delete(snapshot(OLD));
        assertThat(cache.locate(model.toString())).isEqualTo(snapshot(MAIN));
    }

    @Test
    void whatIsAtThePathComesFirstAndOtherNamesAreLeftAsTheyAre() throws IOException {
        Path own = hub.resolve("TinyLlama/TinyLlama-1.1B_Chat.v1");
        Files.createDirectories(own);
        assertThat(cache.locate("TinyLlama/TinyLlama-1.1B_Chat.v1", own)).isEqualTo(own);
        for (String other : new String[] {"model", "/a/b", "../a", "a/..", "nobody/nothing", "a b/c", "~/model"}) {
            assertThat(cache.locate(other)).as(other).isEqualTo(Path.of(other));
        }
        assertThat(cache.lacks("nobody/nothing")).contains(hub.toString());
        assertThat(cache.lacks("/a/b")).isEmpty();
    }

    @Test
    void revisionsThatAreNotThereAreNamed() throws IOException {
        String name = "TinyLlama/TinyLlama-1.1B_Chat.v1";
        assertThatThrownBy(() -> cache.locate(name + "@v2"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("has no revision 'v2'");
        for (String ref : new String[] {"0000", "../../..", ""}) {
            Files.writeString(model.resolve("refs/main"), ref);
            assertThatThrownBy(() -> cache.locate(name))
                    .as(ref)
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("refs/main: names a snapshot that is not in");
        }
    }

    @Test
    void variablesSayWhereTheCacheLies() {
        String home = System.getProperty("user.home");
        assertThat(HubCache.of(Map.of()).root()).isEqualTo(Path.of(home, ".cache/huggingface/hub"));
        assertThat(HubCache.of(Map.of("XDG_CACHE_HOME", "/x")).root()).isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(HubCache.of(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "~/hf"))
                        .root())
                .isEqualTo(Path.of(home, "hf/hub"));
        assertThat(HubCache.of(Map.of("HF_HOME", "/h", "HF_HUB_CACHE", "")).root())
                .isEqualTo(Path.of("/h/hub"));
    }

    @Test
    void aSnapshotHasTheNameOfItsModel() {
        assertThat(HubCache.nameOf(snapshot(MAIN))).isEqualTo("TinyLlama/TinyLlama-1.1B_Chat.v1");
        assertThat(HubCache.nameOf(snapshot(MAIN).resolve("q4"))).isEqualTo("TinyLlama/TinyLlama-1.1B_Chat.v1");
        assertThat(HubCache.nameOf(hub)).isNull();
        assertThat(HubCache.nameOf(model)).isNull();
    }
}
