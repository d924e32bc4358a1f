"""Losses of a GPTQ (or, where it knows them, AWQ) model under gptqmodel's own loader with its plain torch kernel.

python gptqmodel_reader.py DIR tokens.json [ours.json]
"""
import torch, transformers
from importlib.metadata import version
from gptqmodel import BACKEND, GPTQModel
from losses import arguments, report

given = arguments(__doc__)
# Its torch kernel multiplies in the type of the model: bfloat16 and half round every activation.
model = GPTQModel.load(given.model, device="cpu", backend=BACKEND.TORCH, dtype=torch.float32).model.eval()
with torch.inference_mode():
    ids = torch.tensor([given.ids])
    logits = model(ids).logits[0, :-1].float()
    nll = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
print("linears", type(model.model.layers[0].self_attn.q_proj).__name__)
report(given, nll.tolist(), torch=torch.__version__, transformers=transformers.__version__,
       gptqmodel=version("gptqmodel"))
