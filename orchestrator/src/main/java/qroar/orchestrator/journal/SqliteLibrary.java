package qroar.orchestrator.journal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.OSInfo;
import qroar.protocol.BadInput;
import qroar.protocol.input.CacheRoot;
import qroar.protocol.storage.AtomicFile;

/**
 * SQLite's native library, unpacked once per version into the product's cache folder and used from there by every process. The
 * driver itself unpacks it into the temporary folder at each start, where a killed process leaves it for ever and where
 * nothing may be executed on some machines. Where the cache folder does not do, the driver's way is left to it.
 */
final class SqliteLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteLibrary.class);
    private static final String FOLDER = "org.sqlite.lib.path";
    private static final String NAME = "org.sqlite.lib.name";
    private static boolean prepared;

    private SqliteLibrary() {}

    /** Before the first connection; does nothing when called again, or when a person has said where the library is. */
    static synchronized void prepare() {
        if (prepared || System.getProperty(FOLDER) != null || System.getProperty("org.sqlite.tmpdir") != null) {
            return;
        }
        prepared = true;
        String name = System.mapLibraryName("sqlitejdbc");
        Path folder = CacheRoot.path().resolve("native").resolve("sqlite-" + SQLiteJDBCLoader.getVersion());
        try {
            Path library = folder.resolve(name);
            unpack("/org/sqlite/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/" + name, library);
            // Tried here, for the driver would not try anything else afterwards.
            System.load(library.toAbsolutePath().toString());
            System.setProperty(FOLDER, folder.toAbsolutePath().toString());
            System.setProperty(NAME, name);
        } catch (IOException | UnsatisfiedLinkError e) {
            LOG.debug("SQLite's library is not used from {}: {}", folder, e.toString());
        }
    }

    /** @throws BadInput when a connection failed because the library could be loaded from nowhere */
    static void requireLoaded(SQLException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).contains("No native library found")) {
                throw new BadInput(
                        "SQLite's native library can be executed neither in " + CacheRoot.path() + " nor in "
                                + System.getProperty("java.io.tmpdir")
                                + " (noexec?); name a folder where it can with QROAR_CACHE_DIR",
                        failure);
            }
        }
    }

    /** Whole or not there, however many processes do it at once; one that was cut is made again. */
    private static void unpack(String resource, Path library) throws IOException {
        try (InputStream packed = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
            if (packed == null) {
                throw new IOException("no library in the driver under " + resource);
            }
            byte[] bytes = packed.readAllBytes();
            if (Files.exists(library) && Files.size(library) == bytes.length) {
                return;
            }
            Files.createDirectories(library.getParent());
            AtomicFile.replaceUnforced(library, bytes);
        }
    }
}
