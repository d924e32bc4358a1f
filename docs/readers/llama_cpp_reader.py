"""Losses of a GGUF file under llama.cpp.

python llama_cpp_reader.py FILE.gguf tokens.json [ours.json]

llama.cpp quantizes activations for block formats, so that single losses differ by some hundredths: compare the perplexities.
"""
import numpy as np
from importlib.metadata import version
from llama_cpp import Llama
from losses import arguments, report

given = arguments(__doc__)
# The file's own keys say the RoPE scaling.
model = Llama(given.model, n_ctx=len(given.ids), n_batch=512, logits_all=True, verbose=False)
model.eval(given.ids)
logits = np.array(model.scores[:len(given.ids) - 1], dtype=np.float64)
top = logits.max(-1)
norm = top + np.log(np.exp(logits - top[:, None]).sum(-1))
nll = norm - logits[np.arange(len(logits)), given.ids[1:]]
report(given, nll.tolist(), llama_cpp_python=version("llama-cpp-python"))
