package qroar.orchestrator.journal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.journal.LedgerEvents;
import qroar.orchestrator.journal.LedgerEvents.Counted;
import qroar.orchestrator.journal.LedgerEvents.Measured;

class EventCodecTest {
    private static final EventCodec CODEC = new EventCodec(EventCatalog.builder()
            .event(
                    "counted",
                    Counted.class,
                    List.of(
                            v1 -> v1.put("note", "from " + v1.remove("comment").asText()),
                            v2 -> v2.put("number", v2.get("number").asLong() * 10)))
            .build());

    private static Object decode(String json, String manifest) {
        return CODEC.decode(json.getBytes(UTF_8), manifest);
    }

    @Test
    void olderVersionsAreLiftedStepByStep() {
        assertThat(decode("{\"number\":4,\"comment\":\"one\"}", "counted/1")).isEqualTo(new Counted(40, "from one"));
        assertThat(decode("{\"number\":4,\"note\":\"two\"}", "counted/2")).isEqualTo(new Counted(40, "two"));
        assertThat(decode("{\"number\":4,\"note\":\"three\"}", "counted/3")).isEqualTo(new Counted(4, "three"));
        assertThat(CODEC.manifest(new Counted(1, ""))).isEqualTo("counted/3");
    }

    @Test
    void whatCannotBeReadExactlyIsAnErrorNamingTheManifest() {
        for (String manifest :
                List.of("counted/4", "lost/1", "counted", "counted/0", "", "counted/01", "counted/9999999")) {
            assertThatThrownBy(() -> decode("{\"number\":4,\"note\":\"\"}", manifest))
                    .isInstanceOf(JournalFormatException.class)
                    .hasMessageContaining("'" + manifest + "'");
        }
        for (String damaged : List.of("", "null", "{", "7", "{\"number\":4}", "{\"note\":\"\"}")) {
            for (String manifest : List.of("counted/3", "counted/2")) {
                assertThatThrownBy(() -> decode(damaged, manifest))
                        .as(damaged)
                        .isInstanceOf(JournalFormatException.class)
                        .hasMessageContaining("counted/")
                        .hasMessageNotContaining("\n");
            }
        }
    }

    @Test
    void unregisteredClassesAreNotWritten() {
        assertThatThrownBy(() -> CODEC.encode(new Measured(1, new double[0], 0)))
                .isInstanceOf(JournalFormatException.class)
                .hasMessageContaining("not in the event catalog");
    }

    @Test
    void mistakesInTheCatalogThrowWhenItIsMade() {
        EventCatalog.Builder builder = EventCatalog.builder().event("counted", Counted.class);
        assertThatThrownBy(() -> builder.event("again", Counted.class)).hasMessageContaining("twice");
        assertThatThrownBy(() -> builder.event("counted", Measured.class)).hasMessageContaining("twice");
        assertThatThrownBy(() -> builder.event("No Name", Measured.class)).hasMessageContaining("lower-case");
        assertThat(LedgerEvents.CATALOG.manifests()).containsExactly("counted/1", "measured/1", "planned/1", "sum/1");
    }
}
