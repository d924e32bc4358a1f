package qroar.protocol.wire;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** A Kryo serializer of one class from a writer and a reader of its fields. */
final class HandWritten<T> extends Serializer<T> {
    private final BiConsumer<WireOutput, T> writer;
    private final Function<WireInput, T> reader;

    HandWritten(BiConsumer<WireOutput, T> writer, Function<WireInput, T> reader) {
        this.writer = writer;
        this.reader = reader;
        setImmutable(true);
    }

    @Override
    public void write(Kryo kryo, Output output, T value) {
        writer.accept((WireOutput) output, value);
    }

    @Override
    public T read(Kryo kryo, Input input, Class<? extends T> type) {
        return reader.apply((WireInput) input);
    }
}
