package qroar.workers.export;

import java.nio.file.Files;
import java.nio.file.Path;

/** A process that reads an entry until it is killed; started by a test. */
final class SharedLockHolder {
    private SharedLockHolder() {}

    public static void main(String[] arguments) throws Exception {
        Path lock = Path.of(arguments[0]);
        EntryLock.of(lock).read(() -> {}, () -> Files.exists(lock));
        System.out.write('!');
        System.out.flush();
        Thread.sleep(Long.MAX_VALUE);
    }
}
