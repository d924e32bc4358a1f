"""Divergence of a GGUF file from another, from llama.cpp's logits, beside what qroar eval --reference --json found.

python llama_cpp_divergence.py BASE.gguf MODEL.gguf tokens.json ours.json [--yarn FACTOR ORIGINAL]

Both files are best made F32 by llama-quantize --allow-requantize FILE.gguf FILE-f32.gguf F32, else llama.cpp quantizes activations
too. llama-perplexity --kl-divergence scores the second half of each chunk and keeps the base's log-probabilities in 16 bits, none
below the largest logit less 16, and sums over words above e^-16: the last column does as it does, for one chunk.
"""
import argparse, json
import numpy as np
import llama_cpp

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("base")
parser.add_argument("model")
parser.add_argument("tokens")
parser.add_argument("ours")
parser.add_argument("--yarn", nargs=2, type=int)
given = parser.parse_args()
with open(given.tokens) as f:
    ids = json.load(f)
ids = ids["tokens"] if isinstance(ids, dict) else ids


def logits(file):
    rope = {} if given.yarn is None else dict(rope_scaling_type=2, rope_freq_scale=1 / given.yarn[0], yarn_orig_ctx=given.yarn[1])
    model = llama_cpp.Llama(file, n_ctx=len(ids), n_batch=512, logits_all=True, verbose=False, flash_attn=False,
                            type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32, yarn_attn_factor=-1.0, **rope)
    model.eval(ids)
    return np.array(model.scores[:len(ids) - 1], dtype=np.float64)


def normed(x):
    top = x.max(-1, keepdims=True)
    return x - top - np.log(np.exp(x - top).sum(-1, keepdims=True))


def in_16_bits(x):
    top = x.max(-1, keepdims=True)
    low = np.maximum(x.min(-1, keepdims=True), top - 16)
    scale = (top - low) / 65535
    code = np.where(x > low, np.rint((x - low) / scale), 0)
    return scale * code + low - top - np.log(np.exp(x - top).sum(-1, keepdims=True))


def figures(p, q, tokens, least=-np.inf):
    """p, q: log-probabilities of base and model; words whose p is not above the least are left out of the sum."""
    kld = np.where(p > least, np.exp(p) * (p - q), 0).sum(-1)
    rows = np.arange(len(tokens))
    before, after = p[rows, tokens], q[rows, tokens]
    change, ratio = np.exp(after) - np.exp(before), before - after
    n = len(tokens)
    return {"tokens": n, "meanKld": kld.mean(), "meanKldError": kld.std() / np.sqrt(n - 1), "medianKld": np.median(kld),
            "kld90": np.quantile(kld, 0.9), "kld95": np.quantile(kld, 0.95), "kld99": np.quantile(kld, 0.99),
            "kld999": np.quantile(kld, 0.999), "maxKld": kld.max(), "sameTop": (p.argmax(-1) == q.argmax(-1)).mean(),
            "meanDeltaP": change.mean(), "rmsDeltaP": np.sqrt((change ** 2).mean()), "logPplRatio": ratio.mean(),
            "logPplRatioError": ratio.std() / np.sqrt(n - 1)}


base, model, next_tokens = logits(given.base), logits(given.model), np.array(ids[1:])
exact = figures(normed(base), normed(model), next_tokens)
half = len(ids) // 2
tool = figures(in_16_bits(base)[half:], normed(model)[half:], next_tokens[half:], -16)
with open(given.ours) as f:
    ours = json.load(f)["results"][-1]["divergence"]
print("llama_cpp_python", llama_cpp.__version__)
for name, value in exact.items():
    print(f"{name:18s} {value:.6f}  qroar {ours[name]:.6f}   second half in 16 bits {tool[name]:.6f}")
