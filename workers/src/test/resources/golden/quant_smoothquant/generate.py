"""SmoothQuant golden vectors, independent of qroar: transformers' own forward pass with hooks, and the formulas of Xiao et al.
2023 (section 4) as their code has them for LLaMA (smooth_ln_fcs_llama_like, absmax per channel and per token). Run in this
folder with transformers 5.24 (or 4.57), torch 2.7.1 and safetensors: python generate.py

Per checkpoint: NAME.safetensors with scale|LAYER|attention and scale|LAYER|mlp per alpha (a0.5|, a0.8|), NAME.json with the mean
negative log-likelihood of the tokens under each setting, activations quantized per token in front of all seven linears.
"""
import json
import pathlib

import torch
import transformers
from safetensors.torch import save_file

CHECKPOINTS = pathlib.Path("../checkpoints")
TOKENS = pathlib.Path("../tokens")
LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def tokens(name):
    return json.loads((TOKENS / name).read_text())["tokens"]


def load(name):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        CHECKPOINTS / name, dtype=torch.float32, attn_implementation="eager"
    )
    return model.eval()


@torch.no_grad()
def activation_peaks(model, sequences):
    peaks = {}

    def hook(name):
        def look(module, args):
            found = args[0].reshape(-1, args[0].shape[-1]).abs().amax(0)
            peaks[name] = torch.maximum(peaks[name], found) if name in peaks else found

        return look

    hooks = [
        module.register_forward_pre_hook(hook(name))
        for name, module in model.named_modules()
        if name.endswith(("q_proj", "gate_proj"))
    ]
    for sequence in sequences:
        model(torch.tensor([sequence]))
    for each in hooks:
        each.remove()
    return peaks


@torch.no_grad()
def smooth(model, peaks, alpha):
    found = {}
    for i, layer in enumerate(model.model.layers):
        attention, mlp = layer.self_attn, layer.mlp
        for part, norm, linears, peak in (
            ("attention", layer.input_layernorm, (attention.q_proj, attention.k_proj, attention.v_proj),
             peaks[f"model.layers.{i}.self_attn.q_proj"]),
            ("mlp", layer.post_attention_layernorm, (mlp.gate_proj, mlp.up_proj), peaks[f"model.layers.{i}.mlp.gate_proj"]),
        ):
            weight = torch.stack([linear.weight.abs().amax(0) for linear in linears]).amax(0).clamp(min=1e-5)
            scales = (peak.pow(alpha) / weight.pow(1 - alpha)).clamp(min=1e-5)
            norm.weight.div_(scales)
            for linear in linears:
                linear.weight.mul_(scales)
            found[f"{i}|{part}"] = scales
    return found


def absmax(x, bits, width):
    top = 2 ** (bits - 1) - 1
    groups = x.reshape(*x.shape[:-1], -1, width)
    scale = groups.abs().amax(-1, keepdim=True).clamp(min=1e-5) / top
    return ((groups / scale).round() * scale).reshape(x.shape)


@torch.no_grad()
def quantize(model, bits, group, act_bits):
    for name, module in model.named_modules():
        if name.endswith(LINEARS):
            module.weight.copy_(absmax(module.weight, bits, group or module.in_features))
            if act_bits:
                module.register_forward_pre_hook(lambda m, args: (absmax(args[0], act_bits, args[0].shape[-1]),))


@torch.no_grad()
def mean_nll(model, ids):
    logits = model(torch.tensor([ids])).logits[0, :-1].double()
    return torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:])).item()


ids = tokens("tokens_a.json")
calibration = tokens("calib_tokens.json")
COUNT, LENGTH = 4, 160
sequences = [calibration[s * LENGTH : (s + 1) * LENGTH] for s in range(COUNT)]
for name in ("tiny-llama-q", "tiny-qwen2"):
    peaks = activation_peaks(load(name), sequences)
    tensors, evaluations = {}, []
    for bits, group, alpha, act_bits in ((8, 0, 0.5, 8), (4, 0, 0.5, 8), (8, 0, 0.8, 8), (4, 32, 0.5, 8), (8, 0, 0.5, 0)):
        model = load(name)
        for where, scales in smooth(model, peaks, alpha).items():
            tensors[f"a{alpha}|scale|{where}"] = scales
        quantize(model, bits, group, act_bits)
        evaluations.append(
            {"bits": bits, "group": group, "alpha": alpha, "act_bits": act_bits, "mean_nll": mean_nll(model, ids)}
        )
        print(name, evaluations[-1])
    save_file(tensors, f"{name}.safetensors")
    pathlib.Path(f"{name}.json").write_text(
        json.dumps(
            {
                "made_with": f"transformers {transformers.__version__}, torch {torch.__version__}",
                "checkpoint": name,
                "tokens_file": "tokens/tokens_a.json",
                "calibration": {"tokens_file": "tokens/calib_tokens.json", "n_sequences": COUNT, "sequence_length": LENGTH},
                "unquantized_mean_nll": mean_nll(load(name), ids),
                "evaluations": evaluations,
            },
            indent=1,
        )
        + "\n"
    )
