"""Losses of an AWQ model as transformers 4 loads it, through autoawq's own linears, on a processor.

python awq_in_transformers.py DIR tokens.json [ours.json]

Without a GPU transformers asks for Intel's extension; autoawq's WQLinear_GEMM un-packs in plain torch too, where it finds neither
its compiled kernels nor triton. Only that choice is changed here. It multiplies in half precision.
"""
import importlib
from importlib.metadata import version

import torch, transformers
from transformers.quantizers.quantizer_awq import AwqQuantizer
from losses import arguments, report

given = arguments(__doc__)
AwqQuantizer.validate_environment = lambda self, **_: None
gemm = importlib.import_module("awq.modules.linear.gemm")
gemm.awq_ext, gemm.TRITON_AVAILABLE = None, False
model = transformers.AutoModelForCausalLM.from_pretrained(given.model, torch_dtype=torch.float16).eval()
with torch.inference_mode():
    ids = torch.tensor([given.ids])
    nll = torch.nn.functional.cross_entropy(model(ids).logits[0, :-1].float(), ids[0, 1:], reduction="none")
print("linears", type(model.model.layers[0].self_attn.q_proj).__name__)
report(given, nll.tolist(), torch=torch.__version__, transformers=transformers.__version__, autoawq=version("autoawq"))
