"""Puts the scales that qroar found into a loaded transformers model. One file; needs torch and nothing else of ours.

    import apply_scales
    apply_scales.apply(model, "runs/RUN/scales/STUDY.json")

or, to try it:  python apply_scales.py DIR SIDECAR.json tokens.json

A band's scale multiplies whole output rows of q_proj and k_proj. Row r of a head belongs to RoPE pair r mod d/2. Plain linears
take the factor in their weight; those of GPTQ, AWQ and compressed-tensors in the scales of their groups, so that packed integers
stay as they are; biases go with their rows. Models that normalise q and k per head (Qwen3) take it in those norms instead. The
model's RoPE scaling has to be the one that the sidecar names. Applying twice multiplies twice.
"""
import json

import torch


def factors(sidecar):
    """Per layer or, as key None, for all of them, and per RoPE pair: what q and what k is multiplied by."""
    with open(sidecar) as file:
        scales = json.load(file)
    if scales["format"] not in ("qroar-scales/1", "qroar-scales/2", "qroar-scales/3"):
        raise ValueError(f"{sidecar}: format {scales['format']} is not known here")
    if scales["mode"] not in ("shared", "symmetric"):
        raise ValueError(f"{sidecar}: mode {scales['mode']} is not known here")
    pairs = max(band["pairs"][1] for band in scales["bands"])
    query = {}
    for band in scales["bands"]:
        layers = range(*band["layers"]) if scales["format"] == "qroar-scales/3" else [None]
        for layer in layers:
            query.setdefault(layer, torch.ones(pairs, dtype=torch.float64))[slice(*band["pairs"])] = band["scale"]
    return {layer: (q, 1 / q if scales["mode"] == "symmetric" else q) for layer, q in query.items()}


def rows(pairs, count):
    """One factor per row of heads laid below each other."""
    return pairs.repeat(count // len(pairs))


def multiply(tensor, by):
    tensor.data.copy_((tensor.data.double() * by.to(tensor.device)).to(tensor.dtype))


def scale_linear(linear, pairs):
    """Whatever kind of linear it is, y = W x + b becomes f y for each row's f."""
    touched = False
    for name in ("weight", "weight_scale"):  # plain; compressed-tensors [out, groups]
        tensor = getattr(linear, name, None)
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            multiply(tensor, rows(pairs, tensor.shape[0])[:, None])
            touched = True
    scales = getattr(linear, "scales", None)  # GPTQ and AWQ [groups, out]
    if isinstance(scales, torch.Tensor):
        multiply(scales, rows(pairs, scales.shape[-1])[None, :])
        touched = True
    if not touched:
        raise TypeError(f"{type(linear).__name__} has neither a weight nor scales that take a factor")
    bias = getattr(linear, "bias", None)
    if isinstance(bias, torch.Tensor):
        multiply(bias, rows(pairs, bias.shape[0]))


@torch.no_grad()
def apply(model, sidecar):
    """Changes the model in place; returns how many layers were changed."""
    by_layer = factors(sidecar)
    changed = 0
    for name, module in model.named_modules():
        if not (hasattr(module, "q_proj") and hasattr(module, "k_proj")):
            continue
        query, key = by_layer.get(changed if None not in by_layer else None, (None, None))
        if query is None:
            raise ValueError(f"{name} is layer {changed}; the sidecar has scales of {len(by_layer)}")
        if module.head_dim != 2 * len(query):
            raise ValueError(f"{name} has heads of {module.head_dim}; the sidecar has {len(query)} pairs")
        if hasattr(module, "q_norm") and hasattr(module, "k_norm"):
            multiply(module.q_norm.weight, rows(query, module.head_dim))
            multiply(module.k_norm.weight, rows(key, module.head_dim))
        else:
            scale_linear(module.q_proj, query)
            scale_linear(module.k_proj, key)
        changed += 1
    if not changed:
        raise ValueError("the model has no attention with q_proj and k_proj")
    if None not in by_layer and changed != len(by_layer):
        raise ValueError(f"the model has {changed} layers; the sidecar has scales of {len(by_layer)}")
    return changed


if __name__ == "__main__":
    import math
    import sys
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(sys.argv[1]).float().eval()
    with open(sys.argv[3]) as file:
        tokens = json.load(file)
    ids = torch.tensor([tokens["tokens"] if isinstance(tokens, dict) else tokens])
    for what in ("before", "after"):
        if what == "after":
            apply(model, sys.argv[2])
        with torch.inference_mode():
            nll = torch.nn.functional.cross_entropy(model(ids).logits[0, :-1].float(), ids[0, 1:])
        print(what, f"{math.exp(nll):.6f}")
