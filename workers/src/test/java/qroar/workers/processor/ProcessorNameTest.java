package qroar.workers.processor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorNameTest {
    @Test
    void processorsAreCalledByAllThatTellsThemApart() {
        assertThat(ProcessorName.of("""
                        processor\t: 0
                        vendor_id\t: AuthenticAMD
                        cpu family\t: 25
                        model\t\t: 1
                        model name\t: AMD EPYC  7763 64-Core Processor\u202e

                        processor\t: 1
                        model name\t: another
                        """, "amd64")).isEqualTo("AMD EPYC 7763 64-Core Processor (family 25, model 1)");
        assertThat(ProcessorName.of("""
                        processor\t: 0
                        CPU implementer\t: 0x41
                        CPU part\t: 0xd40
                        """, "aarch64")).isEqualTo("aarch64 (implementer 0x41, part 0xd40)");
        assertThat(ProcessorName.of("processor : 0\nmodel name : Loongson-3A5000\n", "loongarch64"))
                .isEqualTo("Loongson-3A5000");
        assertThat(ProcessorName.of("", "riscv64")).isEqualTo("riscv64");
        assertThat(ProcessorName.here()).isNotBlank();
    }
}
