"""Divergence of two tiny models' next-token distributions, by transformers and numpy alone (float64 from the logits on).

python generate.py GOLDEN_FOLDER REFERENCE MODEL > FILE.json
REFERENCE and MODEL: folders of GOLDEN_FOLDER, or .gguf files in one
made with torch 2.7.1, transformers 5.24, numpy; the figures are those of llama.cpp's perplexity --kl-divergence.
"""
import json
import sys

import numpy as np
import torch
from transformers import AutoModelForCausalLM

golden = sys.argv[1]
tokens = json.load(open(f"{golden}/tokens/tokens_a.json"))["tokens"][:200]
ids = torch.tensor([tokens])


def log_probabilities(name):
    gguf = {"gguf_file": name.split("/")[-1]} if name.endswith(".gguf") else {}
    folder = f"{golden}/{name.rsplit('/', 1)[0]}" if gguf else f"{golden}/{name}"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **gguf).eval()
    with torch.no_grad():
        logits = model(ids).logits[0, :-1].double().numpy()
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def percentile(values, fraction):
    rising = np.sort(values)
    place = fraction * (len(rising) - 1)
    below = int(place)
    part = place - below
    return rising[below] if part == 0 else (1 - part) * rising[below] + part * rising[below + 1]


reference_name, model_name = sys.argv[2:4]
reference, model = log_probabilities(reference_name), log_probabilities(model_name)
came = np.array(tokens[1:])
rows = np.arange(len(came))
kl = (np.exp(reference) * (reference - model)).sum(-1)
p_reference, p = np.exp(reference[rows, came]), np.exp(model[rows, came])
delta = p - p_reference
same = reference.argmax(-1) == model.argmax(-1)
print(json.dumps({
    "reference": reference_name,
    "model": model_name,
    "tokens_file": "tokens/tokens_a.json",
    "tokens": len(tokens),
    "kl": kl.tolist(),
    "reference_nll": (-reference[rows, came]).tolist(),
    "nll": (-model[rows, came]).tolist(),
    "same_top": same.tolist(),
    "mean_kl": kl.mean(),
    "mean_kl_error": kl.std() / np.sqrt(len(kl) - 1),
    "percentiles": {f"{f}": percentile(kl, f) for f in (0.5, 0.9, 0.95, 0.99, 0.999)},
    "max_kl": kl.max(),
    "same_top_share": same.mean(),
    "mean_delta_p": delta.mean(),
    "rms_delta_p": np.sqrt((delta ** 2).mean()),
    "log_ratio": (reference[rows, came] - model[rows, came]).mean(),
}))
