package qroar.workers.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The list of protocols, and what is said of each. */
class ProtocolTest {
    private static Stream<Class<?>> leaves(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(ProtocolTest::leaves)
                : Stream.of(type);
    }

    @Test
    void everyMethodIsAProtocol() {
        assertThat(Arrays.stream(Protocol.values())
                        .map(protocol -> protocol.method().getClass())
                        .collect(Collectors.<Class<?>>toList()))
                .containsExactlyInAnyOrderElementsOf(leaves(Method.class).toList());
        assertThat(Arrays.stream(Protocol.values()).map(Protocol::word)).doesNotHaveDuplicates();
    }

    @Test
    void strideLeftOutFitsEveryLength() {
        for (Protocol protocol : Protocol.values()) {
            assertThat(protocol.explanation()).isNotBlank().doesNotEndWith(".");
            assertThat(Protocol.ofWord(protocol.word())).isEqualTo(protocol);
            if (protocol.method() instanceof StridedMethod strided) {
                for (int length : new int[] {2, 3, 255, 257, 65_536}) {
                    assertThat(strided.defaultStride(length))
                            .as(protocol.word())
                            .isBetween(1, length);
                }
            }
        }
    }
}
