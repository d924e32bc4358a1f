package qroar.orchestrator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * One run of the command line inside this process, whatever comes of it.
 *
 * @param code exit code, 0 where there is none
 * @param out standard output
 * @param err standard error, the log's lines included
 * @param crash what came out of the command line itself
 * @param hung whether it was given up
 */
record HostileRun(
        int code, String out, String err, @Nullable Throwable crash, boolean hung) {
    /** A busy machine may take a second for what takes a millisecond; nothing here takes a minute. */
    private static final long PATIENCE_SECONDS = 90;

    /** Of each stream; a command that prints more is told by what it printed first. */
    private static final int MAX_CHARS = 1 << 20;

    /** @param commandLine may serve many runs; making one costs more than most refusals */
    static HostileRun of(CommandLine commandLine, List<String> words) {
        PrintStream outBefore = System.out;
        PrintStream errBefore = System.err;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        FutureTask<Integer> task = new FutureTask<>(() -> commandLine.execute(words.toArray(String[]::new)));
        Thread thread = new Thread(task, "hostile input");
        thread.setDaemon(true);
        try (PrintStream capturedOut = new PrintStream(out, true, UTF_8);
                PrintStream capturedErr = new PrintStream(err, true, UTF_8)) {
            System.setOut(capturedOut);
            System.setErr(capturedErr);
            commandLine.setOut(new PrintWriter(capturedOut, true, UTF_8));
            commandLine.setErr(new PrintWriter(capturedErr, true, UTF_8));
            thread.start();
            int code = task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return new HostileRun(code, text(out), text(err), null, false);
        } catch (TimeoutException e) {
            String where = Arrays.toString(thread.getStackTrace());
            return new HostileRun(0, text(out), text(err) + where, null, true);
        } catch (ExecutionException e) {
            return new HostileRun(0, text(out), text(err), e.getCause(), false);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("nobody interrupts a campaign", e);
        } finally {
            System.setOut(outBefore);
            System.setErr(errBefore);
        }
    }

    private static String text(ByteArrayOutputStream bytes) {
        String text = bytes.toString(UTF_8);
        return text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) : text;
    }
}
