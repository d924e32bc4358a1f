package qroar.workers.tensors;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** Commands for files that Python has to read: one line each, to be pasted into a shell. */
public final class Conversion {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./+=:@%-]+");

    private Conversion() {}

    /**
     * Files of torch.save in one folder, however many, become one {@code model.safetensors} there. Tensors that share
     * memory are written apart, since safetensors allows no sharing.
     *
     * @param glob names of the files in the folder
     */
    static String ofStates(String glob, Path directory) {
        return "python -c \"import sys, glob, torch, safetensors.torch as s; d = sys.argv[1]; t = {};"
                + " [t.update(torch.load(f, map_location='cpu', weights_only=True)) for f in sorted(glob.glob(glob.escape(d) + '/"
                + glob + "'))]; s.save_file({k: v.clone().contiguous() for k, v in t.items()}, d +"
                + " '/model.safetensors', {'format': 'pt'})\" " + quoted(directory);
    }

    /** A SentencePiece model becomes {@code tokenizer.json} beside it. */
    public static String ofTokenizer(Path directory) {
        return "python -c \"import sys; from transformers import AutoTokenizer as A;"
                + " A.from_pretrained(sys.argv[1]).backend_tokenizer.save(sys.argv[1] + '/tokenizer.json')\" "
                + quoted(directory) + " (needs: pip install transformers sentencepiece protobuf)";
    }

    /** A path as a shell takes it. */
    public static String quoted(Path directory) {
        String path = directory.toString();
        return PLAIN.matcher(path).matches() ? path : "'" + path.replace("'", "'\\''") + "'";
    }
}
