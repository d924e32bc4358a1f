"""Golden losses with quantized keys and values, independent of qroar: transformers' own forward pass with the rotation patched.
Keys are quantized before or after apply_rotary_pos_emb, whole heads or each band of rotary pairs (pair j is elements j and
j + d/2) by itself, clipped at the values that leave half of 1 - clip
beyond at each end, times a tail; values whole. Asymmetric with zero included, per token and
head. Run in this folder with transformers 5.24 (or 4.57) and torch 2.7.1: python generate.py
"""
import importlib
import json
import math
import pathlib

import torch
import transformers

CHECKPOINTS = pathlib.Path("../checkpoints")
TOKENS = "tokens/tokens_b.json"
SETTINGS = (
    {"bits": 4},
    {"bits": 3, "order": "pre-rope"},
    {"bits": 4, "bands": [4, 3]},
    {"bits": 8, "order": "pre-rope", "bands": [3, 4, 2]},
    {"bits": 4, "clip": 0.8},
    {"bits": 4, "clip": 0.75, "tails": [1.5, 1.0]},
    {"bits": 3, "order": "pre-rope", "bands": [3, 2], "clip": 0.6, "tails": [1.25, 1.5]},
)


def grid(x, bits):
    top = 2**bits - 1
    low, high = x.amin(-1, keepdim=True).clamp(max=0), x.amax(-1, keepdim=True).clamp(min=0)
    scale = torch.where(high == low, torch.ones_like(high), (high - low) / top)
    zero = (-low / scale).round()
    return (((x / scale).round() + zero).clamp(0, top) - zero) * scale


def keys(k, bits, bands=None, clip=None, tails=None, **_):
    half = k.shape[-1] // 2
    count = max(1, len(bands or ()), len(tails or ()))
    edges = [math.floor(b * half / count + 0.5) for b in range(count + 1)]
    out = k.clone()
    for b in range(count):
        own = [*range(edges[b], edges[b + 1]), *range(half + edges[b], half + edges[b + 1])]
        part = k[..., own]
        if clip:
            beyond = math.floor((1 - clip) / 2 * len(own) + 1e-9)
            ranked, tail = part.sort(-1).values, tails[b] if tails else 1
            low = (ranked[..., beyond : beyond + 1] * tail).clamp(max=0)
            high = (ranked[..., len(own) - beyond - 1 : len(own) - beyond] * tail).clamp(min=0)
            part = part.clamp(low, high)
        out[..., own] = grid(part, bands[b] if bands else bits)
    return out


@torch.no_grad()
def mean_nll(name, ids, setting):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        CHECKPOINTS / name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    module = importlib.import_module(type(model).__module__)
    rotate = module.apply_rotary_pos_emb

    def patched(q, k, cos, sin, *args, **kwargs):
        if setting.get("order") == "pre-rope":
            return rotate(q, keys(k, **setting), cos, sin, *args, **kwargs)
        q, k = rotate(q, k, cos, sin, *args, **kwargs)
        return q, keys(k, **setting)

    width = model.model.layers[0].self_attn.head_dim
    for layer in model.model.layers:
        layer.self_attn.v_proj.register_forward_hook(
            lambda m, args, y: grid(y.reshape(*y.shape[:-1], -1, width), setting["bits"]).reshape(y.shape)
        )
    module.apply_rotary_pos_emb = patched
    try:
        logits = model(torch.tensor([ids])).logits[0, :-1].double()
    finally:
        module.apply_rotary_pos_emb = rotate
    return torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:])).item()


ids = json.loads((pathlib.Path("..") / TOKENS).read_text())["tokens"][:300]
found = []
for name in ("tiny-llama", "tiny-qwen3"):
    for setting in SETTINGS:
        found.append({"checkpoint": name, **setting, "mean_nll": mean_nll(name, ids, setting)})
        print(found[-1])
pathlib.Path("losses.json").write_text(
    json.dumps(
        {
            "made_with": f"transformers {transformers.__version__}, torch {torch.__version__}",
            "tokens_file": TOKENS,
            "tokens": 300,
            "settings": found,
        },
        indent=1,
    )
    + "\n"
)
