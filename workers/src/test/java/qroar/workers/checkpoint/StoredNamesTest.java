package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.workers.config.TensorNames;

class StoredNamesTest {
    @TempDir
    Path directory;

    private static MiniCheckpoint renamed(UnaryOperator<String> names) {
        MiniCheckpoint checkpoint = new MiniCheckpoint();
        ObjectNode header = checkpoint.header.deepCopy();
        checkpoint.header.removeAll();
        header.properties()
                .forEach(entry -> checkpoint.header.set(
                        entry.getKey().startsWith("__") ? entry.getKey() : names.apply(entry.getKey()),
                        entry.getValue()));
        return checkpoint;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_orig_mod.",
                "module.",
                "module.module.",
                "_orig_mod.module.",
                "module._orig_mod.",
                "base_model.model.",
                "_fsdp_wrapped_module.",
                "_forward_module.",
            })
    void prefixesOfWrappedModulesAreReadWithANote(String prefix) throws IOException {
        String plain = Checkpoint.open(new MiniCheckpoint().write(directory)).digest();
        Checkpoint wrapped = Checkpoint.open(renamed(name -> prefix + name).write(directory));
        assertThat(wrapped.digest()).isEqualTo(plain);
        assertThat(wrapped.tensor(TensorNames.FINAL_NORM).name()).isEqualTo(TensorNames.FINAL_NORM);
        assertThat(wrapped.notes()).singleElement().asString().contains("have the prefix '" + prefix + "'");
    }

    @Test
    void wrappersInsideNamesAreReadToo() throws IOException {
        Checkpoint wrapped =
                Checkpoint.open(renamed(name -> name.replace("layers.0.", "layers.0._checkpoint_wrapped_module."))
                        .write(directory));
        assertThat(wrapped.notes()).singleElement().asString().contains("'_checkpoint_wrapped_module.'");
    }

    @Test
    void decoderWithoutItsHeadIsReadAsTransformersReadsIt() throws IOException {
        MiniCheckpoint bare = renamed(name -> name.replaceFirst("^model\\.", ""));
        Checkpoint opened = Checkpoint.open(bare.write(directory));
        assertThat(opened.embedding().name()).isEqualTo(TensorNames.EMBEDDING);
        assertThat(opened.notes()).singleElement().asString().contains("lack 'model.' in front");
        bare.config.put("tie_word_embeddings", true);
        bare.header.set("other", bare.header.remove(TensorNames.OUTPUT_HEAD));
        assertThat(Checkpoint.open(bare.write(directory)).outputHead().name()).isEqualTo(TensorNames.EMBEDDING);
        bare.config.put("tie_word_embeddings", false);
        MalformedCheckpointTest.assertRefused(bare.write(directory), "tensor 'lm_head.weight' is missing");
    }

    @Test
    void unknownPrefixesAreNamed() throws IOException {
        MalformedCheckpointTest.assertRefused(
                renamed(name -> "language_model." + name).write(directory),
                "there is 'language_model.model.layers.0.input_layernorm.weight', whose prefix is not known");
    }

    @Test
    void oneOfTwoNamesIsNotGuessed() throws IOException {
        MiniCheckpoint twice = renamed(name -> "module." + name);
        twice.add("_orig_mod.model.norm.weight", "F32", 4, 8);
        MalformedCheckpointTest.assertRefused(
                twice.write(directory),
                "tensor 'model.norm.weight' may be '_orig_mod.model.norm.weight' or 'module.model.norm.weight'");
    }

    @Test
    void adapterThatIsNotMergedIsNeverPassedOverInSilence() throws IOException {
        MiniCheckpoint plain = new MiniCheckpoint();
        plain.add("model.layers.0.self_attn.q_proj.lora_A.weight", "F32", 4, 2, 8);
        List<String> notes = Checkpoint.open(plain.write(directory)).notes();
        assertThat(notes).singleElement().asString().contains("1 tensors of an adapter", "q_proj.lora_A.weight");
        MiniCheckpoint peft = renamed(name -> "base_model.model." + name);
        peft.add("base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight", "F32", 4, 2, 8);
        MalformedCheckpointTest.assertRefused(peft.write(directory), "merge the adapter into its model first");
    }
}
