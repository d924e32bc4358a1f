"""Losses of a GGUF file under llama.cpp.

python llama_cpp_reader.py FILE.gguf tokens.json [ours.json] [--rope-scaling yarn --rope-scale 4 --yarn-orig-ctx 2048 ...]

The flags of RoPE are those of llama-server in SERVING.md; without them the file's own keys hold. llama.cpp quantizes activations
for block formats, so that single losses differ by some hundredths: compare the perplexities. LLAMA_CPP_LIB_PATH names another
build of llama.cpp than the package's own.
"""
import numpy as np
import llama_cpp
from losses import arguments, report

given = arguments(__doc__, lambda parser: [
    parser.add_argument("--rope-scaling", choices=("none", "linear", "yarn")),
    parser.add_argument("--rope-scale", type=float),
    parser.add_argument("--rope-freq-base", type=float, default=0.0),
    parser.add_argument("--yarn-orig-ctx", type=int, default=0),
    parser.add_argument("--yarn-beta-fast", type=float, default=-1.0),
    parser.add_argument("--yarn-beta-slow", type=float, default=-1.0),
    parser.add_argument("--kv-float32", action="store_true", help="keys and values in float32, not float16"),
])
wanted = {} if not given.kv_float32 else {"type_k": llama_cpp.GGML_TYPE_F32, "type_v": llama_cpp.GGML_TYPE_F32}
model = llama_cpp.Llama(
    given.model, n_ctx=len(given.ids), n_batch=512, logits_all=True, verbose=False, flash_attn=False,
    rope_scaling_type={None: -1, "none": 0, "linear": 1, "yarn": 2}[given.rope_scaling],
    rope_freq_scale=0.0 if given.rope_scale is None else 1 / given.rope_scale, rope_freq_base=given.rope_freq_base,
    # Negative is the file's own or the usual value; the package's defaults would override what a file says.
    yarn_ext_factor=-1.0, yarn_attn_factor=-1.0, yarn_orig_ctx=given.yarn_orig_ctx,
    yarn_beta_fast=given.yarn_beta_fast, yarn_beta_slow=given.yarn_beta_slow, **wanted)
model.eval(given.ids)
logits = np.array(model.scores[:len(given.ids) - 1], dtype=np.float64)
top = logits.max(-1)
norm = top + np.log(np.exp(logits - top[:, None]).sum(-1))
nll = norm - logits[np.arange(len(logits)), given.ids[1:]]
report(given, nll.tolist(), llama_cpp_python=llama_cpp.__version__)
