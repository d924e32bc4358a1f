# Writes figures.json: mean NLL of the bundled model, by weights, RoPE scaling, held-out document and length, in float32 by
# transformers 5.24 and torch 2.7.1, with round to nearest as ../README.md section 4 has it. Run in this folder.
import json

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

DEMO = "../../../../../../experiments/samples/demo/"
LENGTHS = [512, 2048]
DOCUMENTS = [f"held-out-0{i}.txt" for i in range(5)]
WEIGHTS = {"none": None, "rtn:bits=4,group=0": (4, 0), "rtn:bits=3,group=64": (3, 64), "rtn:bits=3,group=0": (3, 0), "rtn:bits=2,group=32": (2, 32)}
tokenizer = Tokenizer.from_file(DEMO + "model/tokenizer.json")


def tokens(name):
    with open(DEMO + "documents/" + name, encoding="utf-8") as text:
        ids = tokenizer.encode(text.read(), add_special_tokens=False).ids
    return torch.tensor([[1] + ids[: LENGTHS[-1] - 1]])


def rounded(w, bits, group):
    g = w.reshape(-1, group or w.shape[1])
    low = g.amin(1, True)
    top = 2**bits - 1
    scale = (g.amax(1, True) - low).clamp(min=1e-5) / top
    zero = (-(low / scale).round()).clamp(0, top)
    return ((((g / scale).round() + zero).clamp(0, top) - zero) * scale).reshape(w.shape)


def model(rope, weights):
    config = LlamaConfig.from_pretrained(DEMO + "model")
    if rope != "none":
        scaling = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 512, "rope_theta": 10000.0}
        config.rope_scaling = scaling
        config.rope_parameters = scaling
        config.max_position_embeddings = 2048
    made = LlamaForCausalLM.from_pretrained(DEMO + "model", config=config, dtype=torch.float32).eval()
    for layer in made.model.layers if weights else []:
        for module in layer.modules():
            if isinstance(module, torch.nn.Linear):
                module.weight.data = rounded(module.weight.data, *weights)
    return made


rows = []
for word, weights in WEIGHTS.items():
    for rope in ["none", "yarn:factor=4"]:
        loaded = model(rope, weights)
        means = []
        for name in DOCUMENTS:
            ids = tokens(name)
            with torch.no_grad():
                logits = loaded(ids).logits[0, :-1].double()
            nll = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
            means.append([round(nll[: length - 1].mean().item(), 6) for length in LENGTHS])
        rows.append(json.dumps({"weights": word, "rope": rope, "mean_nll": means}))
with open("figures.json", "w", encoding="utf-8") as file:
    names = json.dumps(DOCUMENTS)
    file.write(f'{{\n  "lengths": {LENGTHS},\n  "documents": {names},\n  "rows": [\n    ' + ",\n    ".join(rows) + "\n  ]\n}\n")
