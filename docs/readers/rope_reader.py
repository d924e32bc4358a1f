"""Inverse frequencies and attention scaling of a model under transformers, of version 4 or 5, beside those of qroar.

python rope_reader.py DIR ours.json [--length T]

ours.json: ./qroar rope --model DIR [--length T] --json. Scalings that depend on the length (dynamic, longrope) are asked for it.
"""
import argparse, json, sys
import torch, transformers

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model")
parser.add_argument("ours")
parser.add_argument("--length", type=int, default=8)
given = parser.parse_args()
config = transformers.AutoConfig.from_pretrained(given.model)
family = transformers.models.auto.modeling_auto.MODEL_MAPPING[type(config)]
module = sys.modules[family.__module__]
rotary = next(getattr(module, name) for name in dir(module) if name.endswith("RotaryEmbedding"))(config)
rotary(torch.zeros(1, given.length, 1), torch.arange(given.length)[None])
theirs = rotary.inv_freq.double()
with open(given.ours) as f:
    ours = json.load(f)
mine = torch.tensor(ours["invFreq"], dtype=torch.float64)
relative = ((theirs - mine).abs() / mine).max().item()
scaling = abs(float(rotary.attention_scaling) - ours["attentionScaling"])
print("transformers", transformers.__version__, ours.get("rope"), f"inverse frequencies within {relative:.1e}",
      f"attention scaling {float(rotary.attention_scaling):.9f} within {scaling:.1e}")
sys.exit(0 if relative < 1e-6 and scaling < 1e-6 else 1)
