package qroar.protocol.input;

import java.nio.file.Path;

/**
 * The product's own cache folder: {@code -Dqroar.cache}, {@code QROAR_CACHE_DIR}, {@code $XDG_CACHE_HOME/qroar} or {@code
 * ~/.cache/qroar}. Whatever is in it can be made again.
 */
public final class CacheRoot {
    private CacheRoot() {}

    /** The folder, which need not be there. */
    public static Path path() {
        String property = System.getProperty("qroar.cache");
        if (property != null && !property.isBlank()) {
            return Path.of(property);
        }
        String own = System.getenv("QROAR_CACHE_DIR");
        if (own != null && !own.isBlank()) {
            return Path.of(own);
        }
        String shared = System.getenv("XDG_CACHE_HOME");
        return shared == null || shared.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "qroar")
                : Path.of(shared, "qroar");
    }
}
