"""De-quantizes every tensor of a GGUF file with the gguf package and compares it with an export of the same model in float32.

python gguf_reader.py FILE.gguf DIR

DIR is the same study or quantizer written with --format float32. Scales in float16 make the difference; it is given as a share
of the largest weight of each tensor.
"""
import os, re, sys
from importlib.metadata import version

import gguf
import numpy as np
from safetensors.numpy import load_file

NAMES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj"}
reader = gguf.GGUFReader(sys.argv[1])
architecture = reader.fields["general.architecture"].contents()
heads = reader.fields[architecture + ".attention.head_count"].contents()
key_heads = reader.fields[architecture + ".attention.head_count_kv"].contents()
ours = {}
for file in sorted(os.listdir(sys.argv[2])):
    if file.endswith(".safetensors"):
        ours.update(load_file(os.path.join(sys.argv[2], file)))
worst, compared, kinds = 0.0, 0, {}
for tensor in reader.tensors:
    found = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", tensor.name)
    if not found or found.group(2) not in NAMES:
        continue
    theirs = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    if architecture == "llama" and found.group(2) in ("attn_q", "attn_k"):
        n = heads if found.group(2) == "attn_q" else key_heads
        theirs = theirs.reshape(n, theirs.shape[0] // n // 2, 2, -1).swapaxes(1, 2).reshape(theirs.shape)
    exact = ours[f"model.layers.{found.group(1)}.{NAMES[found.group(2)]}.weight"].astype(np.float32)
    worst = max(worst, float(np.abs(theirs - exact).max() / np.abs(exact).max()))
    kinds[tensor.tensor_type.name] = kinds.get(tensor.tensor_type.name, 0) + 1
    compared += 1
print("gguf", version("gguf"), "linears", compared, kinds, f"largest difference {worst:.2e} of the largest weight")
sys.exit(0 if compared and worst < 2e-3 else 1)
