"""Losses of a model under Hugging Face transformers: plain, compressed-tensors, GPTQ (gptqmodel) or AWQ.

python transformers_reader.py DIR tokens.json [ours.json]
"""
import torch, transformers
from losses import arguments, report

given = arguments(__doc__)
versions = {"torch": torch.__version__, "transformers": transformers.__version__}
for package in ("compressed_tensors", "gptqmodel", "awq"):
    try:
        from importlib.metadata import version
        versions[package] = version({"awq": "autoawq"}.get(package, package.replace("_", "-")))
    except Exception:
        pass
name = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"
quantization = getattr(transformers.AutoConfig.from_pretrained(given.model), "quantization_config", None) or {}
method = quantization.get("quant_method") if isinstance(quantization, dict) else quantization.quant_method
# Kernels of AWQ and GPTQ on a processor take half or bfloat16 scales; everything else can be compared in float32.
model = transformers.AutoModelForCausalLM.from_pretrained(
    given.model, device_map="cpu", **{name: torch.float32 if method not in ("awq",) else torch.float16}).eval()
with torch.inference_mode():
    ids = torch.tensor([given.ids])
    logits = model(ids).logits[0, :-1].float()
    nll = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
print("method", method, "linears", type(model.model.layers[0].self_attn.q_proj).__name__)
report(given, nll.tolist(), **versions)
