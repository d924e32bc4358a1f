"""LongPPL (Fang et al. 2024) of a tiny model with key tokens chosen by another, by transformers and numpy alone.

python long_ppl.py GOLDEN_FOLDER CHOOSER JUDGED CONTEXT STRIDE GAIN LOSS > FILE.json
made with torch 2.7.1 and transformers 5.24. CHOOSER and JUDGED as in generate.py.
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM

golden, chooser_name, judged_name = sys.argv[1:4]
context, stride = int(sys.argv[4]), int(sys.argv[5])
gain, limit = float(sys.argv[6]), float(sys.argv[7])
tokens = json.load(open(f"{golden}/tokens/tokens_a.json"))["tokens"][:300]


def load(name):
    gguf = {"gguf_file": name.split("/")[-1]} if name.endswith(".gguf") else {}
    folder = f"{golden}/{name.rsplit('/', 1)[0]}" if gguf else f"{golden}/{name}"
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **gguf).eval()


def losses(model, some):
    with torch.no_grad():
        logits = model(torch.tensor([some])).logits[0, :-1].double()
    return torch.nn.functional.cross_entropy(logits, torch.tensor(some[1:]), reduction="none").tolist()


chooser, judged = load(chooser_name), load(judged_name)
whole = losses(chooser, tokens)
key = [False] * len(whole)
edge = []
for first in range(context, len(tokens), stride):
    end = min(len(tokens), first + stride)
    nearby = losses(chooser, tokens[first - context:end])
    for token in range(first, end):
        saved = nearby[token - (first - context) - 1] - whole[token - 1]
        key[token - 1] = saved > gain and whole[token - 1] < limit
        edge += [abs(saved - gain), abs(whole[token - 1] - limit)]
found = losses(judged, tokens)
chosen = [loss for loss, is_key in zip(found, key) if is_key]
print(json.dumps({
    "chooser": chooser_name, "judged": judged_name, "tokens_file": "tokens/tokens_a.json", "tokens": len(tokens),
    "context": context, "stride": stride, "gain": gain, "loss": limit, "key": key,
    "nearest_to_an_edge": min(edge),
    "long_ppl": float(torch.tensor(chosen, dtype=torch.float64).mean().exp()),
}))
