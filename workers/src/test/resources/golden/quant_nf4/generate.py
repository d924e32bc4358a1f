"""NormalFloat golden vectors, by bitsandbytes' own code on a cpu: quantize_4bit without compressed statistics, and its generic
de-quantization. (Its native kernel for cpus takes a block for a part of one row, and gives other numbers than its quantizer
meant where a block goes on in the next row.) Run with bitsandbytes 0.49.0, torch 2.7.1, numpy 2.4.6 and safetensors: python generate.py OUT.safetensors

w           [12, 96]: normal, uniform, tied (midpoints of the table), zero and tiny rows, outliers
w_odd       [5, 26]: 130 weights, no multiple of any block; blocks go on in the next row
table       the 16 entries
b{B}.absmax b{B}.codes b{B}.w_dq, and the same with "odd_" before: magnitudes of blocks, codes in the order of weights, de-quantized
"""
import sys

import bitsandbytes
import bitsandbytes.functional as functional
import numpy
import torch
from bitsandbytes.backends.default.ops import _dequantize_4bit_impl
from safetensors.torch import save_file

torch.manual_seed(0x4F4)


def midpoints():
    table = functional.get_4bit_type("nf4", device="cpu")
    between = (table[1:] + table[:-1]) / 2
    row = torch.cat([between, torch.tensor([1.0]), table])
    return torch.cat([row, row.nextafter(torch.ones(())), row.nextafter(-torch.ones(()))])


def rows():
    normal = torch.randn(4, 96) * 0.05
    uniform = torch.rand(2, 96) - 0.5
    tied = torch.cat([midpoints(), midpoints()])[:96].reshape(1, 96)
    zero = torch.zeros(1, 96)
    tiny = torch.randn(1, 96) * 1e-30
    outlier = torch.randn(2, 96) * 0.01
    outlier[:, 7] = torch.tensor([3.0, -8.0])
    same = torch.full((1, 96), -0.25)
    return torch.cat([normal, uniform, tied, zero, tiny, outlier, same])


def put(out, name, w, block):
    packed, state = functional.quantize_4bit(w, blocksize=block, quant_type="nf4", compress_statistics=False)
    bytes_ = packed.reshape(-1)
    codes = torch.stack([bytes_ >> 4, bytes_ & 15], 1).reshape(-1)[: w.numel()]
    out[name + ".absmax"] = state.absmax.clone()
    out[name + ".codes"] = codes.to(torch.int32)
    out[name + ".w_dq"] = _dequantize_4bit_impl(packed, state.absmax, block, "nf4", w.shape, w.dtype).clone()


w, odd = rows(), torch.randn(5, 26)
out = {"w": w, "w_odd": odd, "table": functional.get_4bit_type("nf4", device="cpu").clone()}
for block in (32, 64, 128, 4096):
    put(out, f"b{block}", w, block)
    put(out, f"odd_b{block}", odd, block)
versions = f"bitsandbytes {bitsandbytes.__version__}, torch {torch.__version__}, numpy {numpy.__version__}"
save_file(out, sys.argv[1], metadata={"made_with": versions})
print(versions)
