"""Losses of an AWQ model whose linears autoawq's own code un-packs, under transformers.

python autoawq_reader.py DIR tokens.json [ours.json]

autoawq's kernels want a GPU; its reference un-packing does not. The scales are widened to float32 first, as its fused kernels
accumulate.
"""
import importlib.util, json, os, sys, types
from importlib.metadata import version

import torch, transformers
from safetensors import safe_open
from losses import arguments, report


def part(name):
    """A module of autoawq without its package's start, which asks for an old transformers."""
    if "awq" not in sys.modules:
        spec = importlib.util.find_spec("awq")
        package = types.ModuleType("awq")
        package.__spec__, package.__path__ = spec, list(spec.submodule_search_locations)
        sys.modules["awq"] = package
    return importlib.import_module(name)


given = arguments(__doc__)
packing = part("awq.utils.packing_utils")
with open(os.path.join(given.model, "config.json")) as f:
    raw = json.load(f)
settings = raw.pop("quantization_config")
config = transformers.AutoConfig.for_model(**raw)
stored = {}
for file in sorted(os.listdir(given.model)):
    if file.endswith(".safetensors"):
        with safe_open(os.path.join(given.model, file), "pt") as f:
            stored.update({name: f.get_tensor(name) for name in f.keys()})
weights = {name: tensor.float() for name, tensor in stored.items() if not name.split(".")[-1] in ("qweight", "qzeros", "scales")}
for name in [n for n in stored if n.endswith(".qweight")]:
    module = name[:-len(".qweight")]
    codes, zeros = packing.unpack_awq(stored[name], stored[module + ".qzeros"], settings["bits"])
    codes, zeros = packing.reverse_awq_order(codes, zeros, settings["bits"])
    group = codes.shape[0] // zeros.shape[0]
    codes, zeros = codes & 15, zeros & 15
    scales = stored[module + ".scales"].float().repeat_interleave(group, 0)
    weights[module + ".weight"] = ((codes - zeros.repeat_interleave(group, 0)) * scales).t().contiguous()
model = transformers.AutoModelForCausalLM.from_config(config).float().eval()
missing = [n for n in model.load_state_dict(weights, strict=False).missing_keys if "lm_head" not in n]
assert not missing, missing
model.tie_weights()
with torch.inference_mode():
    ids = torch.tensor([given.ids])
    nll = torch.nn.functional.cross_entropy(model(ids).logits[0, :-1].float(), ids[0, 1:], reduction="none")
report(given, nll.tolist(), torch=torch.__version__, transformers=transformers.__version__, autoawq=version("autoawq"))
