#!/usr/bin/env python3
"""Makes the small model with which `qroar doctor --device` checks a device, and the losses that it must have.

    python3 golden.py DIR        needs torch, transformers, safetensors

Weights are bfloat16 and fit float16, so that no precision rounds them. Losses are those of transformers in float64 (angles of
rotation in float32, as everywhere), for the weights as they are and rounded to 4 bits in groups of 32.
"""
import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaRMSNorm


def norm64(self, x):
    """transformers' own computes in float32 whatever the model's type."""
    return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon))


LlamaRMSNorm.forward = norm64

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(20)
BASE = dict(
    vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    head_dim=64, max_position_embeddings=256, rope_theta=10000.0, rms_norm_eps=1e-5, tie_word_embeddings=False,
    bos_token_id=1, eos_token_id=2, attention_bias=False, mlp_bias=False, hidden_act="silu",
)
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256}
tokens = torch.randint(3, 256, [601])
tokens[0] = 1


def model(rope):
    return LlamaForCausalLM(LlamaConfig(**BASE, rope_scaling=rope)).double().eval()


first = model(None)
weights = {}
for name, value in first.state_dict().items():
    if value.dim() == 1:
        made = 1 + 0.1 * torch.randn(value.shape)
    else:
        # logits, and what attention compares, of size one: losses then differ from the logarithm of the vocabulary
        made = torch.randn(value.shape) * (1.0 if "embed" in name else 1.5 / math.sqrt(value.shape[1]))
    weights[name] = made.to(torch.bfloat16)
    # Below that, float16 has fewer bits than bfloat16.
    weights[name][weights[name].abs() < 2**-13] = 0
    assert torch.equal(weights[name].to(torch.float16).to(torch.bfloat16), weights[name])
save_file({k: v.contiguous() for k, v in weights.items()}, out / "model.safetensors", metadata={"format": "pt"})
(out / "config.json").write_text(json.dumps(dict(architectures=["LlamaForCausalLM"], model_type="llama", torch_dtype="bfloat16", **BASE), indent=1) + "\n")


def rounded(w, bits, group):
    g = w.float().view(w.shape[0], -1, group)
    low, high = g.amin(-1, True), g.amax(-1, True)
    scale = torch.clamp(high - low, min=1e-5) / (2**bits - 1)
    zero = torch.clamp(-torch.round(low / scale), 0, 2**bits - 1)
    return ((torch.clamp(torch.round(g / scale) + zero, 0, 2**bits - 1) - zero) * scale).view_as(w)


def losses(rope, bits):
    net = model(rope)
    state = {k: (rounded(v, bits, 32) if bits and "_proj" in k else v).double() for k, v in weights.items()}
    net.load_state_dict(state)
    with torch.no_grad():
        logits = net(tokens[None]).logits[0, :-1]
    assert logits.dtype == torch.float64
    return torch.nn.functional.cross_entropy(logits, tokens[1:], reduction="none")


cases = []
for words, rope in (("none", None), ("yarn:factor=4,original=256", YARN)):
    for spec, bits in (("none", 0), ("rtn:bits=4,group=32", 4)):
        nll = losses(rope, bits)
        print(words, spec, float(nll.mean()), float(nll.std()))
        cases.append({"rope": words, "quantize": spec, "nll": [float(f"{x:.12g}") for x in nll.tolist()]})
(out / "expected.json").write_text(json.dumps({"tokens": tokens.tolist(), "cases": cases}) + "\n")
