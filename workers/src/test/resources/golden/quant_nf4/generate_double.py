"""NormalFloat with double quantization by bitsandbytes' own generic code: quantize_4bit with compressed statistics, and its
de-quantization. Run with bitsandbytes 0.49.0 without its native libraries (delete bitsandbytes/*.so), torch 2.7.1, numpy 2.4.6
and safetensors: python generate_double.py OUT.safetensors

The native kernel for cpus is not taken: it overwrites the lowest entry of the map by -1 and divides, where the generic code
and the kernels of GPUs leave the map and multiply by the reciprocal.

map            the 256 entries of the signed dynamic map
w              [67, 126]: 264 blocks of 32, which are a whole block of statistics and the start of another; rows of different sizes
w_odd          [5, 26]: 130 weights, no multiple of any block
{w}.b{B}.offset, .absmax (codes), .absmax2, .absmax_dq, .w_dq

bitsandbytes takes the mean of the statistics in float32, in an order that depends on the processor; matrices were drawn
until it is the rounded mean in float64 as well, so that the vectors hold on every machine.
"""
import sys

import bitsandbytes
import bitsandbytes.functional as functional
import numpy
import torch
from bitsandbytes.backends.default.ops import _dequantize_4bit_impl
from safetensors.torch import save_file


def quantized(w, block):
    packed, state = functional.quantize_4bit(w, blocksize=block, quant_type="nf4", compress_statistics=True)
    plain = functional.quantize_4bit(w, blocksize=block, quant_type="nf4", compress_statistics=False)[1].absmax
    absmax = functional.dequantize_blockwise(state.absmax, state.state2)
    absmax += state.offset
    exact = plain.double().mean().float()
    w_dq = _dequantize_4bit_impl(packed, absmax, block, "nf4", w.shape, w.dtype)
    found = {
        "offset": state.offset.reshape(1),
        "absmax": state.absmax.to(torch.int32),
        "absmax2": state.state2.absmax,
        "absmax_dq": absmax,
        "w_dq": w_dq,
    }
    assert state.state2.blocksize == 256 and state.state2.code[0] > -1, "by the native library"
    return found if state.offset == exact else None


def drawn(name, shape, blocks, spread):
    for seed in range(1000):
        torch.manual_seed(seed)
        w = torch.randn(shape) * 0.05 * torch.exp(spread * torch.randn(shape[0], 1))
        all_ = {block: quantized(w, block) for block in blocks}
        if all(all_.values()):
            return {name: w} | {f"{name}.b{b}.{k}": v.clone() for b, found in all_.items() for k, v in found.items()}
    raise SystemExit("no matrix was found")


out = {"map": functional.create_dynamic_map()}
out |= drawn("w", (67, 126), [32], 0.7)
out |= drawn("w_odd", (5, 26), [32, 64, 4096], 0.3)
versions = f"bitsandbytes {bitsandbytes.__version__}, torch {torch.__version__}, numpy {numpy.__version__}"
save_file(out, sys.argv[1], metadata={"made_with": versions})
print(versions)
