package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.orchestrator.app.process.Listening;
import qroar.protocol.BadInput;

class EndpointTest {
    @Test
    void hostAndPortAreRead() {
        assertThat(Endpoint.parse("--join", "box-1:2551")).isEqualTo(new Endpoint("box-1", 2551));
        assertThat(Endpoint.parse("--join", "[::1]:2551")).isEqualTo(new Endpoint("[::1]", 2551));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2551", ":2551", "box:", "box:0", "box:65536", "box:-1", "::1:2551", "box:2551x"})
    void anythingElseIsRefusedNamingTheOption(String text) {
        assertThatThrownBy(() -> Endpoint.parse("--join", text))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("--join " + text);
    }

    @Test
    void nobodyListensBeyondLoopbackWithoutCertificates() {
        assertThatThrownBy(() -> Listening.on("192.0.2.7:2551", null))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("needs --certs");
        assertThatThrownBy(() -> Listening.on("0.0.0.0:2551", Path.of("x")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("name the one address");
    }

    @Test
    void loopbackNeedsNone() {
        Listening.on("127.0.0.1:2551", null);
        Listening.on("localhost:2551", null);
    }
}
