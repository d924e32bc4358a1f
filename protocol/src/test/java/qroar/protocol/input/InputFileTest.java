package qroar.protocol.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

class InputFileTest {
    @TempDir
    Path folder;

    @Test
    void aFileIsReadUpToItsLimit() throws IOException {
        Path file = Files.write(folder.resolve("f"), new byte[100]);
        assertThat(InputFile.bytes(file, 100)).hasSize(100);
        assertThatThrownBy(() -> InputFile.bytes(file, 99))
                .isInstanceOf(BadInput.class)
                .hasMessage(file + ": 100 bytes; at most 99 are read here");
        assertThatThrownBy(() -> InputFile.open(file, 99)).isInstanceOf(BadInput.class);
        try (InputStream in = InputFile.open(file, 100)) {
            assertThat(in.readAllBytes()).hasSize(100);
        }
    }

    @Test
    void aFileThatGrowsIsCutOffToo() throws IOException {
        Path file = Files.write(folder.resolve("f"), new byte[10]);
        try (InputStream in = InputFile.open(file, 20)) {
            Files.write(file, new byte[100]);
            assertThatThrownBy(in::readAllBytes).isInstanceOf(BadInput.class).hasMessageContaining("at most 20");
        }
    }

    @Test
    void aHugeSparseFileIsRefusedUnread() throws IOException {
        Path file = folder.resolve("sparse");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(1L << 40);
        }
        assertThatThrownBy(() -> InputFile.bytes(file, Long.MAX_VALUE))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("sparse: 1099511627776 bytes; at most ")
                .hasMessageContaining("-Xmx");
    }

    @Test
    void whatNeedNotBeThereIsAskedForByOpeningIt() throws IOException {
        Path file = Files.writeString(folder.resolve("f"), "here");
        assertThat(InputFile.textIfThere(file, 4)).isEqualTo("here");
        assertThat(InputFile.textIfThere(folder.resolve("none"), 4)).isNull();
        assertThat(InputFile.bytesIfThere(Files.createSymbolicLink(folder.resolve("link"), Path.of("gone")), 4))
                .isNull();
        assertThatThrownBy(() -> InputFile.textIfThere(file, 3)).hasMessageContaining("at most 3");
        assertThatThrownBy(() -> InputFile.bytesIfThere(folder, 3)).hasMessageContaining("is a directory");
        InputFile.refuseOthers(folder.resolve("none"));
        InputFile.refuseOthers(folder.resolve("link"));
        assertThatThrownBy(() -> InputFile.refuseOthers(folder)).hasMessageContaining("is a directory");
    }

    @Test
    void whatIsNoFileIsNamed() throws IOException {
        assertRefused(folder, "is a directory, not a file");
        assertRefused(folder.resolve("none"), "none: no such file");
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("gone"));
        assertRefused(link, "link: is a link to gone, which is not there");
        Path socket = folder.resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            assertRefused(socket, "is a device, a pipe or a socket, not a file");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void devicesAndPipesAreNotOpened() throws IOException, InterruptedException {
        assertRefused(Path.of("/dev/zero"), "/dev/zero: is a device, a pipe or a socket, not a file");
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertRefused(pipe, "pipe: is a device, a pipe or a socket, not a file");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> InputFile.bytes(file, 10))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
        assertThatThrownBy(() -> InputFile.open(file, 10))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
    }
}
