package qroar.experiments.definition;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import qroar.experiments.definition.yaml.Assignment;
import qroar.experiments.definition.yaml.PathLocator;
import qroar.experiments.definition.yaml.Section;
import qroar.experiments.definition.yaml.Source;
import qroar.experiments.definition.yaml.YamlNode;
import qroar.experiments.definition.yaml.YamlTree;
import qroar.protocol.BadInput;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.input.InputFile;

/** Reads experiment files. The format is described in {@code docs/experiment-file.md}. */
public final class ExperimentFile {
    private ExperimentFile() {}

    /**
     * Reads and validates, with the variables of this process's environment.
     *
     * @throws BadInput with one line {@code FILE:LINE:COLUMN: key 'a.b' ...} when the file is no valid experiment, or
     *     names files that are not there
     */
    public static ExperimentDefinition read(Path file) {
        return read(file, Overrides.NONE);
    }

    /** The same of a file that a run keeps, {@link ExperimentDefinition#resolved}: what it lacks is as it was when it was written. */
    public static ExperimentDefinition recorded(Path file) {
        return read(file, System.getenv(), 0, Overrides.NONE, Defaults.RECORDED_CALIBRATION_BLOCKS);
    }

    /** The same with keys of the command line; a complaint about one of these names the command line. */
    public static ExperimentDefinition read(Path file, Overrides overrides) {
        return read(file, System.getenv(), 0, overrides, Defaults.CALIBRATION_BLOCKS);
    }

    /** As {@link #read(Path)}, with {@code ${NAME}} in paths replaced from {@code environment}. */
    public static ExperimentDefinition read(Path file, Map<String, String> environment) {
        return read(file, environment, 0, Overrides.NONE, Defaults.CALIBRATION_BLOCKS);
    }

    /**
     * The same where what it names need not be there: paths of absent things are what they would be, {@code ${NAME}} stays
     * where no such variable is set, and absent files stand for a pattern that finds none.
     *
     * @param standIns how many, at least 1
     */
    public static ExperimentDefinition outline(
            Path file, Map<String, String> environment, int standIns, Overrides overrides) {
        return read(file, environment, standIns, overrides, Defaults.CALIBRATION_BLOCKS);
    }

    private static ExperimentDefinition read(
            Path file, Map<String, String> environment, int standIns, Overrides overrides, BlockChoice unsaidBlocks) {
        List<Assignment> assignments = overrides.assignments();
        Source source = new Source(file.toString());
        Path directory = file.toAbsolutePath().normalize().getParent();
        if (directory == null) {
            throw source.bad("is no file");
        }
        YamlNode.Mapping tree = Overrides.apply(YamlTree.parse(source, bytes(source, file)), assignments);
        Section top = new Section(source, "", tree, ExperimentKeys.TOP);
        return new ExperimentReader(top, new PathLocator(directory, environment, standIns), unsaidBlocks).definition();
    }

    private static byte[] bytes(Source source, Path file) {
        if (Files.isDirectory(file)) {
            throw source.bad("is a directory, not an experiment file");
        }
        InputFile.refuseOthers(file);
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(YamlTree.MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw source.bad("there is no such file", e);
        } catch (IOException e) {
            throw source.bad("cannot be read: " + e.getMessage(), e);
        }
    }
}
