package qroar.orchestrator.cli.option;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import qroar.protocol.BadInput;
import qroar.protocol.input.HubCache;

/**
 * Finds the checkpoint that an option names: a path, or a model of the Hugging Face cache. What is only a path is looked at by
 * whoever opens it.
 */
public final class CheckpointConverter implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
        HubCache cache = HubCache.of(System.getenv());
        try {
            Path found = cache.locate(value);
            String lacks = cache.lacks(value);
            if (!lacks.isEmpty() && !Files.exists(found)) {
                throw new TypeConversionException(value + ": no such directory" + lacks);
            }
            return found;
        } catch (BadInput e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
