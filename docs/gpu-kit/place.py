#!/usr/bin/env python3
"""Drives every operation that qroar computes with, from Python's torch, on whatever devices there are.

    qroar doctor --dump-ops ops.pt
    python3 place.py ops.pt            every method, and the formulas
    python3 place.py ops.pt --sizes    memory of real models' shapes, counted on PyTorch's meta device, chunks of 512 tokens

Every method runs in every branch (a) on the processor with numbers, (b) on the meta device, which has shapes and no numbers,
(c) on a FAKE cuda:0 (no device needed), each operator of which must have a CUDA kernel, and (d) on cuda:0 where there is one,
compared with (a). A tensor on another device than the rest is reported with the operator that met it. The blocks, both
passes, the losses and the quantizers are compared with plain formulas in float64 on (a) and (d).
Ends with 1 when anything was wrong.
"""
import collections
import contextlib
import json
import os
import re
import sys
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["TORCH_CUDNN_SDPA_PREFERRED"] = "0"  # or choosing a kernel asks the device
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

torch.set_num_threads(1)
torch.set_grad_enabled(False)
torch._C._set_graph_executor_optimize(False)

OPS = torch.jit.load(sys.argv[1])
D, Q = OPS.decoder, OPS.quantize
aten = torch.ops.aten
F32, F16, BF16, F64 = 6, 5, 15, 7
TYPES = {F32: torch.float32, F16: torch.float16, BF16: torch.bfloat16}
NAMES = {F32: "float32", F16: "float16", BF16: "bfloat16"}
MASKED, FLASH, EFFICIENT, PROCESSOR = 0, 1, 2, 3
KERNELS = {MASKED: "masked", FLASH: "flash", EFFICIENT: "memory-efficient", PROCESSOR: "flash on the processor"}
WRONG = []


def wrong(line):
    WRONG.append(line)
    print("  WRONG", line)


# ---- what every call is watched for

HAS_CUDA = {}


def cuda_kernel(func):
    name = func.name()
    if name not in HAS_CUDA:
        try:
            HAS_CUDA[name] = torch._C._dispatch_has_computed_kernel_for_dispatch_key(name, "CUDA")
        except RuntimeError as e:
            HAS_CUDA[name] = str(e)
    return HAS_CUDA[name]


class Log(TorchDispatchMode):
    """Operators with the devices of what goes in and comes out."""

    def __init__(self, fake):
        super().__init__()
        self.fake = fake
        self.ops = collections.Counter()
        self.notes = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        ins = [a for a in tree_flatten((args, kwargs))[0] if isinstance(a, torch.Tensor)]
        if func is aten.bincount.default and self.fake:  # its size depends on data: at least what the script asks for
            out = torch.empty([args[2]], dtype=torch.int64, device=args[0].device)
        elif func is aten.from_file.default and self.fake:  # a fake mode maps no files
            out = torch.empty([args[2]], dtype=kwargs["dtype"], device=kwargs.get("device") or "cpu")
        elif func is aten._local_scalar_dense.default and self.fake:  # a number is asked for where there are none
            out = 1
        elif func is aten.equal.default and self.fake:
            out = True
        else:
            out = func(*args, **kwargs)
        outs = [a for a in tree_flatten(out)[0] if isinstance(a, torch.Tensor)]
        devices = [tuple(sorted({str(t.device) for t in some})) for some in (ins, outs)]
        self.ops[(func.name(), *devices)] += 1
        on_cuda = any(d.startswith("cuda") for some in devices for d in some)
        if on_cuda and not func.name().startswith("prim::") and cuda_kernel(func) is not True:
            self.notes.add("no CUDA kernel of " + func.name())
        return out


# ---- the calls

heads, kv, d, hid, inter, V = 4, 2, 8, 32, 48, 64
EPS = 1e-5
LAYOUT, BUCKETS = [8.0, -40.0, 40.0], 83
file = tempfile.NamedTemporaryFile(delete=False)
file.write(bytes(range(1, 64)) * 256)
file.close()


class Maker:
    """Tensors of one device: with numbers, the same ones everywhere, or without."""

    def __init__(self, dev, real):
        self.dev, self.real = torch.device(dev), real
        self.seed = torch.Generator().manual_seed(1)

    def r(self, *shape, type=F32):
        if not self.real:
            return torch.empty(*shape, device=self.dev, dtype=TYPES[type])
        return torch.randn(*shape, generator=self.seed).to(self.dev, TYPES[type])

    def ids(self, count):
        if not self.real:
            return torch.empty([count], dtype=torch.int64, device=self.dev)
        return torch.randint(0, V, [count], generator=self.seed).to(self.dev)

    def none(self):
        return torch.empty(0, device=self.dev)

    def weights(self, bias, norms):
        w = [self.r(*s) for s in ((heads * d, hid), (kv * d, hid), (kv * d, hid), (hid, heads * d), (inter, hid), (inter, hid), (hid, inter))]
        biases = [self.r(x.shape[0]) if bias else self.none() for x in w]
        return w + biases + [self.r(hid), self.r(hid), self.r(d) if norms else self.none(), self.r(d) if norms else self.none()]

    def tables(self, positions=16):
        return [D.rotary_table(self.r(d // 2).abs(), self.r(d // 2), positions) for _ in range(2)]


BANDS = ((4, 4, 0, 65536), (4, 3, 1, 70000))


def shape_of(kvb=0, act=0, sym=0, wide=0, kernel=PROCESSOR, pre=0, bands=()):
    """bands: width, bits, values to clip at either end, tail times 65536 of each; see quantized_keys"""
    return [heads, kv, d, kvb, act, sym, wide, kernel, pre, len(bands)] + [each for band in bands for each in band]


def block(m, which="block", bias=0, norms=0, kvb=0, act=0, sym=0, past=4, kernel=PROCESSOR, type=F32, wide=0, probe=0, n=6, pre=0, bands=()):
    """[result], and everything that went in, for the formulas."""
    shape = shape_of(kvb, act, sym, wide, kernel, pre, bands)
    raw = m.weights(bias, norms)
    packed = D.pack(raw, d)
    packed = D.typed(packed, type) if type != F32 else packed
    tables = m.tables()
    cache = D.cache(m.none(), kv, 16, d, type)
    before = None
    if m.real:
        before = [m.r(kv, 16, d, type=type) for _ in range(2)]
        for c, b in zip(cache, before):
            c.copy_(b)
    mask = D.mask(m.none(), past, n, 0, 2147483647, F32 if wide else type) if kernel == MASKED else m.none()
    counts = [D.zero_counts(d // 2 * BUCKETS, str(m.dev)) for _ in range(4)] if probe else []
    x = m.r(n, hid, type=type)
    chunk = D.chunk_tables(tables, past, n)
    if which == "block":
        out = D.block(x, packed, cache, chunk, mask, past, shape, EPS, counts, LAYOUT)
    elif which == "traced":
        out = D.traced_block(x, packed, cache, chunk, mask, past, shape, EPS)
    elif which == "entered":
        out = [each for last in range(4) for each in D.entered(x, packed, cache, chunk, mask, past, shape, EPS, last)]
    elif which == "attention_output":
        out = D.attention_output(x, packed, cache, chunk, mask, past, shape, EPS)
    else:
        dy = m.r(n, hid, type=F32)
        out = D.block_back(x, packed, D.chunk_tables(tables, 0, n), D.mask(m.none(), 0, n, 0, n, F32), shape, EPS, dy)
        return out, (x, raw, tables, before, dy)
    return out, (x, raw, tables, before, None)


def kernels_of(dev, real, type):
    if torch.device(dev).type == "cpu":
        return [MASKED, PROCESSOR]
    if real and torch.device(dev).type == "cuda":
        return [MASKED, EFFICIENT] + ([FLASH] if type != F32 else [])
    return [MASKED, EFFICIENT, FLASH]


def cases(dev, real):
    m = Maker(dev, real)
    r, ids = m.r, m.ids
    for t in (F32, F16, BF16):
        yield f"stored {NAMES[t]}", lambda t=t: D.stored(file.name, t, 3, [4, 8]).to(m.dev)
        for to in (F32, t):
            yield f"mapped {NAMES[t]} as {NAMES[to]}", lambda t=t, to=to: D.mapped(file.name, t, 3, [4, 8], str(dev), to)
            yield f"copied_as {NAMES[t]} as {NAMES[to]}", lambda t=t, to=to: D.copied_as(file.name, t, 3, 32 * (4 if t == F32 else 2), [4, 8], str(dev), to)
        yield f"copied {NAMES[t]}", lambda t=t: D.copied(file.name, t, 3, 32 * (4 if t == F32 else 2), [4, 8]).to(m.dev)
        yield f"made {NAMES[t]}", lambda t=t: [x * 0 for x in [D.made(str(dev), [3, 4], t)] + D.made_layer(str(dev), [hid, heads, kv, d, inter], t)]
        yield f"product {NAMES[t]}", lambda t=t: [D.product(r(3, 4, type=t), r(4, 3, type=t)), D.first(r(3, 3, type=t))]
        yield f"cleared {NAMES[t]}", lambda t=t: D.cleared([r(3, type=t), r(2, 2, type=t)])
        yield f"normed {NAMES[t]}", lambda t=t: D.normed(r(6, hid, type=t), r(hid), EPS)
        yield f"divergence {NAMES[t]}", lambda t=t: D.divergence(r(6, hid), r(V, hid), r(6, hid), r(V, hid, type=t), ids(6), [F32, 0, t, 0], 4)
    yield "owned", lambda: D.owned(r(3))
    yield "zero_counts", lambda: D.zero_counts(5, str(dev))
    yield "dtype_probe", lambda: D.dtype_probe(r(2))
    yield "product_error", lambda: D.product_error(str(dev))
    yield "non_finite", lambda: D.non_finite(r(5, 5)).to(m.dev)
    yield "beyond", lambda: D.beyond(r(5, 5), 0.5).to(m.dev)
    yield "shared", lambda: D.shared(file.name, [2, 3, 4]).to(m.dev)
    yield "copy_into", lambda: D.part(D.copy_into(r(2, 3, 4), 1, r(3, 4)), 1)
    yield "part", lambda: D.part(r(2, 3, 4), 1)
    yield "bytes", lambda: D.bytes([r(3), r(4, type=BF16)]).to(m.dev)
    yield "narrowed", lambda: D.narrowed([r(3), r(4, 4)], BF16)
    yield "widened", lambda: D.widened([r(3), r(4, 4, type=BF16)])
    yield "onto", lambda: D.onto(r(3, 3), str(dev), BF16)
    yield "rounded", lambda: D.rounded(r(3, 3), BF16)
    for b in (0, 1):
        for n in (0, 1):
            yield f"pack bias={b} norms={n}", lambda b=b, n=n: D.pack(m.weights(b, n), d)
    yield "typed", lambda: D.typed(D.pack(m.weights(1, 1), d), BF16)
    yield "with_query_key_value", lambda: D.with_query_key_value(D.pack(m.weights(0, 0), d), r(heads * d, hid), r(kv * d, hid), r(kv * d, hid), d)
    for s in (0, 1):
        yield f"quantized_rows symmetric={s}", lambda s=s: D.quantized_rows(r(3, 8), 4, s)
    for b in ((), BANDS):
        yield f"quantized_keys bands={len(b)}", lambda b=b: D.quantized_keys(r(kv, 6, d), shape_of(kvb=4, bands=b))
    yield "rotary_table", lambda: m.tables()
    for t in (F32, BF16):
        yield f"mask {NAMES[t]}", lambda t=t: D.mask(m.none(), 4, 6, 0, 2147483647, t)
        yield f"mask window {NAMES[t]}", lambda t=t: D.mask(m.none(), 4, 6, 3, 4, t)
        yield f"cache {NAMES[t]}", lambda t=t: D.cache(m.none(), kv, 16, d, t)
        yield f"embed {NAMES[t]}", lambda t=t: D.embed(r(V, hid), ids(6), t)
    for type in (F32, BF16, F16):
        for kernel in kernels_of(dev, real, type):
            tag = f"{NAMES[type]} {KERNELS[kernel]}"
            yield f"attention_probe {tag}", lambda t=type, k=kernel: D.attention_probe(m.none(), d, 91, 37, t, k)
            for past in (0, 4):
                yield f"block past={past} {tag}", lambda p=past, t=type, k=kernel: block(m, past=p, type=t, kernel=k)[0]
            yield f"block bias norms kv4 act8sym probe {tag}", lambda t=type, k=kernel: block(m, bias=1, norms=1, kvb=4, act=8, sym=1, probe=1, type=t, kernel=k)[0]
            yield f"block kv4 act8asym {tag}", lambda t=type, k=kernel: block(m, kvb=4, act=8, type=t, kernel=k)[0]
            yield f"block keys by band before rope {tag}", lambda t=type, k=kernel: block(m, kvb=4, type=t, kernel=k, pre=1, bands=BANDS)[0]
            yield f"block keys by band after rope {tag}", lambda t=type, k=kernel: block(m, kvb=4, type=t, kernel=k, bands=BANDS)[0]
            yield f"traced_block {tag}", lambda t=type, k=kernel: block(m, "traced", past=0, type=t, kernel=k)[0]
            yield f"entered {tag}", lambda t=type, k=kernel: block(m, "entered", past=0, type=t, kernel=k)[0]
            yield f"attention_output {tag}", lambda t=type, k=kernel: block(m, "attention_output", past=0, type=t, kernel=k)[0]
            if type != F32 and kernel in (MASKED, PROCESSOR, EFFICIENT):
                yield f"block widened products {tag}", lambda t=type, k=kernel: block(m, bias=1, type=t, kernel=k, wide=1)[0]
        yield f"block_back {NAMES[type]}", lambda t=type: block(m, "back", type=t)[0]
        for wide in (0, 1) if type != F32 else (0,):
            tag = NAMES[type] + (" widened products" if wide else "")
            yield f"score first {tag}", lambda t=type, w=wide: D.score(r(6, hid, type=t), r(0, hid), r(hid), r(V, hid, type=t), ids(5), EPS, 3, w)
            yield f"score carried {tag}", lambda t=type, w=wide: D.score(r(6, hid, type=t), r(1, hid, type=t), r(hid), r(V, hid, type=t), ids(6), EPS, 1000, w)
            yield f"score_ranked {tag}", lambda t=type, w=wide: D.score_ranked(r(6, hid, type=t), r(1, hid, type=t), r(hid), r(V, hid, type=t), ids(6), EPS, 4, w)
            yield f"likeliest {tag}", lambda t=type, w=wide: D.likeliest(D.carried(r(6, hid, type=t), r(hid), EPS), r(V, hid, type=t), w)
            yield f"logits {tag}", lambda t=type, w=wide: D.logits(r(6, hid, type=t), r(hid), r(V, hid, type=t), EPS, w)
        yield f"score_back {NAMES[type]}", lambda t=type: D.score_back(r(6, hid, type=t), r(hid), r(V, hid, type=t), ids(5), EPS, 3)
    yield "block_back keys by band before rope", lambda: block(m, "back", kvb=4, pre=1, bands=BANDS)[0]
    yield "block_back bias norms kv4 act8", lambda: block(m, "back", bias=1, norms=1, kvb=4, act=8)[0]
    for sym in (0, 1):
        yield f"linear_input clipped symmetric={sym}", lambda s=sym: D.linear_input(r(6, 32), shape_of(act=8, sym=s) + [100000000, 70000])
    for cols in (32, 30):
        yield f"Q.round_to_nearest columns={cols}", lambda c=cols: Q.round_to_nearest(r(6, c), 4, 8)
        yield f"Q.round_to_codes columns={cols}", lambda c=cols: Q.round_to_codes(r(6, c), 4, 8)
        yield f"Q.weight_of_codes columns={cols}", lambda c=cols: Q.weight_of_codes(list(Q.round_to_codes(r(6, c), 4, 8))[1:], c)
        yield f"Q.clip_bounds columns={cols}", lambda c=cols: Q.clip_bounds(r(6, c), r(10, c), 4, 8, 4)
        yield f"Q.clamped_groups columns={cols}", lambda c=cols: Q.clamped_groups(r(6, c), r(6, 4, 1), 8)
        yield f"Q.round_scaled columns={cols}", lambda c=cols: Q.round_scaled(r(6, c), r(c), 4, 8)
        yield f"Q.paired_codes columns={cols}", lambda c=cols: Q.unpaired_codes(Q.paired_codes(list(Q.round_to_codes(r(6, c), 4, 8))[1]), c)
        yield f"Q.round_symmetric columns={cols}", lambda c=cols: Q.round_symmetric(r(6, c), 4, 8)
        # the size of a block is read back, and a number that is not there reads as 1
        yield f"Q.round_to_table columns={cols}", lambda c=cols: Q.round_to_table(r(6, c), r(16), 64 if real else 1)
        yield f"Q.round_to_table_twice columns={cols}", lambda c=cols: Q.round_to_table_twice(r(6, c), r(16), 64 if real else 1, r(256), 2)
    yield "Q.smoothing", lambda: Q.smoothing(Q.add_peaks(Q.zero_peaks(r(1), 8), r(5, 8)), [r(6, 8), r(3, 8)], 0.5)
    yield "Q.mean_of", lambda: Q.mean_of(Q.add_magnitudes(Q.zero_magnitudes(r(1), 8), r(5, 8)), 5)
    yield "Q.channel_scales", lambda: Q.channel_scales(r(8).abs(), 0.5)
    yield "Q.columns_times", lambda: Q.columns_times(r(6, 8), r(8))
    yield "Q.over", lambda: Q.over(r(6, 8), r(8))
    yield "Q.rows_over", lambda: Q.rows_over(r(6, 8), r(6))
    yield "Q.squared_difference", lambda: Q.squared_difference(r(5, 8), r(5, 8), r(6, 8))
    yield "Q.squared_change", lambda: Q.squared_change(r(5, 8), r(6, 8), r(6, 8))
    for b in (0, 1):
        yield f"Q.gated bias={b}", lambda b=b: Q.gated(r(5, 8), r(6, 8), r(6) if b else m.none(), r(6, 8), r(6) if b else m.none())
    yield "Q.stacked", lambda: Q.stacked([Q.rows_from(r(5, 8), 0, 3), Q.rows_from(r(7, 8), 1, 3)])
    yield "Q.zero_sums", lambda: Q.zero_sums(m.none(), 8)
    yield "Q.add_products", lambda: Q.add_products(Q.zero_sums(m.none(), 8), r(5, 8))

    def factor(c, order):
        return Q.gptq_factor(Q.add_products(Q.zero_sums(m.none(), c), r(3 * c, c)), 3, order)

    for o in (0, 1):
        yield f"Q.gptq_factor act_order={o}", lambda o=o: factor(16, o)
    for g, st in ((0, 0), (8, 0), (8, 1), (7, 0), (7, 1)):
        for sy in (0, 1):
            yield f"Q.gptq group={g} static={st} symmetric={sy}", lambda g=g, st=st, sy=sy: Q.gptq(r(6, 16), factor(16, 1), 4, g, sy, st)
    yield "Q.gptq 200 columns", lambda: Q.gptq(r(3, 200), factor(200, 0), 4, 0, 0, 0)


# ---- plain formulas in float64

def norm64(x, w):
    return x / (x.pow(2).mean(-1, keepdim=True) + EPS).sqrt() * w


def rotated(x, table):
    """x [n, heads, d] by the rule of the halves: pairs are j and j + d/2. table: complex [n, pairs]."""
    a, b = x[..., : d // 2], x[..., d // 2 :]
    cos, sin = table.real[:, None, :], table.imag[:, None, :]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def halves(x):
    """Stored with the two halves of each pair side by side; here one after the other."""
    return torch.cat([x[..., 0::2], x[..., 1::2]], -1)


def block64(x, raw, tables, before, past, ln_q=None, ln_k=None):
    w = [t.double() for t in raw]
    n = x.shape[0]

    def linear(y, i):
        return y @ w[i].T + (w[7 + i] if w[7 + i].numel() else 0)

    a = norm64(x, w[14])
    q, k, v = linear(a, 0).view(n, heads, d), linear(a, 1).view(n, kv, d), linear(a, 2).view(n, kv, d)
    if w[16].numel():
        q, k = norm64(q, w[16]), norm64(k, w[17])
    rows = [t.to(torch.complex128)[past : past + n] for t in tables]
    q, k = rotated(q, rows[0]), rotated(k, rows[1])
    if ln_q is not None:
        q, k = q * torch.cat([ln_q, ln_q]).exp(), k * torch.cat([ln_k, ln_k]).exp()
    if past:
        k = torch.cat([halves(before[0].double()).transpose(0, 1)[:past], k])
        v = torch.cat([before[1].double().transpose(0, 1)[:past], v])
    k, v = k.repeat_interleave(heads // kv, 1), v.repeat_interleave(heads // kv, 1)
    logits = torch.einsum("qhd,khd->hqk", q, k) * d**-0.5
    hidden = torch.arange(past + n, device=x.device)[None, :] > torch.arange(past, past + n, device=x.device)[:, None]
    o = torch.einsum("hqk,khd->qhd", logits.masked_fill(hidden, float("-inf")).softmax(-1), v).reshape(n, heads * d)
    h = x + linear(o, 3)
    f = norm64(h, w[15])
    return h + linear(torch.nn.functional.silu(linear(f, 4)) * linear(f, 5), 6)


def compare(name, found, expected, tolerance):
    found, expected = found.double(), expected.double()
    far = float((found - expected).abs().max() / expected.abs().max().clamp(min=1e-30))
    print(f"    {far:.1e} (at most {tolerance:.0e})  {name}")
    if not far <= tolerance:
        wrong(f"{name}: {far:.3e} from the formula, at most {tolerance:.0e}")


def rounded_rows(w, bits, group):
    """The least and largest of a group give scale and zero point; float32, as the definition is."""
    out = torch.empty_like(w)
    for i in range(w.shape[0]):
        for c in range(0, w.shape[1], group):
            g = w[i, c : c + group]
            scale = torch.clamp(g.max() - g.min(), min=1e-5) / (2**bits - 1)
            zero = torch.clamp(-torch.round(g.min() / scale), 0, 2**bits - 1)
            out[i, c : c + group] = (torch.clamp(torch.round(g / scale) + zero, 0, 2**bits - 1) - zero) * scale
    return out


def gptq64(w, h, bits):
    """Column by column, whole rows as groups, columns as stored; asymmetric."""
    w, h = w.double().clone(), h.double().clone()
    h += torch.eye(h.shape[0], dtype=h.dtype) * 0.01 * h.diagonal().mean()
    u = torch.linalg.cholesky(torch.linalg.inv(h)).T
    top = 2**bits - 1
    low, high = w.min(1).values.clamp(max=0), w.max(1).values.clamp(min=0)
    scale = (high - low) / top
    zero = torch.round(-low / scale)
    out = torch.empty_like(w)
    for c in range(w.shape[1]):
        out[:, c] = (torch.clamp(torch.round(w[:, c] / scale) + zero, 0, top) - zero) * scale
        w[:, c + 1 :] -= torch.outer((w[:, c] - out[:, c]) / u[c, c], u[c, c + 1 :])
    return out


def formulas(dev):
    print(f"==== formulas in float64, {dev}")
    # 16 bits: about ten roundings on the way; a wrong sign, row or factor is off by 0.1 and more
    near = {F32: 2e-5, F16: 1e-2, BF16: 8e-2}
    for type in (F32, F16, BF16):
        for kernel in kernels_of(dev, True, type):
            for past in (0, 4):
                for bias in (0, 1):
                    for wide in (0,) if type == F32 else (0, 1):
                        if wide and kernel == FLASH:
                            continue
                        m = Maker(dev, True)
                        try:
                            y, (x, raw, tables, before, _) = block(m, past=past, bias=bias, norms=bias, type=type, kernel=kernel, wide=wide)
                        except RuntimeError as e:
                            # qroar passes over a kernel that is not there; heads of 8 are small
                            print(f"    not there: {KERNELS[kernel]} in {NAMES[type]}: {where(e)}")
                            continue
                        expected = block64(x.double(), raw, tables, before, past)
                        compare(f"block past={past} bias, norms={bias} {NAMES[type]}{' widened' if wide else ''} {KERNELS[kernel]}", y, expected, near[type])
    for bias in (0, 1):
        m = Maker(dev, True)
        (dx, by_q, by_k), (x, raw, tables, _, dy) = block(m, "back", bias=bias, norms=bias)
        with torch.enable_grad():
            leaf = [x.double().requires_grad_()] + [torch.zeros(d // 2, dtype=torch.float64, device=x.device, requires_grad=True) for _ in range(2)]
            block64(leaf[0], raw, tables, None, 0, leaf[1], leaf[2]).backward(dy.double())
        for name, found, expected in (("input", dx, leaf[0].grad), ("ln of q", by_q, leaf[1].grad), ("ln of k", by_k, leaf[2].grad)):
            compare(f"block_back bias, norms={bias}: {name}", found, expected, 2e-5)
    m = Maker(dev, True)
    for type in (F32, BF16):
        x, norm, head, ids = m.r(7, hid, type=type), m.r(hid), m.r(V, hid, type=type), m.ids(6)
        with torch.enable_grad():
            leaf = x.double().requires_grad_()
            logits = norm64(leaf, norm.double())[:-1] @ head.double().T
            nll = torch.nn.functional.cross_entropy(logits, ids, reduction="none")
            nll.sum().backward()
        compare(f"score {NAMES[type]}", D.score(x, m.r(0, hid), norm, head, ids, EPS, 4, 0)[0], nll.detach(), near[type])
        compare(f"score_back {NAMES[type]}", D.score_back(x, norm, head, ids, EPS, 4), leaf.grad, near[type])
    p, p_head, q, q_head, ids = m.r(7, hid), m.r(V, hid), m.r(7, hid), m.r(V, hid), m.ids(7)
    lp, lq = ((x.double() @ y.double().T).log_softmax(-1) for x, y in ((p, p_head), (q, q_head)))
    expected = torch.stack([((lp - lq) * lp.exp()).sum(-1), -lp.gather(1, ids[:, None])[:, 0], -lq.gather(1, ids[:, None])[:, 0], (lp.argmax(-1) == lq.argmax(-1)).double()])
    compare("divergence", D.divergence(p, p_head, q, q_head, ids, [F32, 0, F32, 0], 4), expected, 2e-5)
    w = m.r(6, 30)
    compare("round_to_nearest", Q.round_to_nearest(w, 4, 8), rounded_rows(w, 4, 8), 1e-6)
    whole = list(Q.round_to_codes(w, 4, 8))
    compare("weight_of_codes", Q.weight_of_codes(whole[1:], 30), whole[0], 1e-12)
    grid = w.double().abs().unfold(1, 6, 6).amax(2).clamp(min=1e-5).repeat_interleave(6, 1) / 7
    compare("round_symmetric", Q.round_symmetric(w, 4, 6)[0], torch.clamp(torch.round(w / grid.float()), -7, 7).double() * grid, 1e-6)
    table = m.r(16).sort().values
    whole = w.reshape(-1, 60)
    peaks = whole.abs().amax(1, True)
    nearest = (torch.clamp(whole * peaks.reciprocal(), -1, 1)[..., None] - table).abs().argmin(-1)
    compare("round_to_table", Q.round_to_table(w, table, 60)[0], (table[nearest] * peaks).reshape(w.shape), 1e-6)
    steps = m.r(256).sort().values.clamp(-1, 1)
    offset = peaks.double().mean()
    widest = (peaks - offset).abs().amax()
    twice = steps[((peaks - offset) / widest - steps).abs().argmin(-1)].reshape(-1, 1) * widest + offset
    compare("round_to_table_twice", Q.round_to_table_twice(w, table, 60, steps, 256)[0], (table[nearest] * twice).reshape(w.shape), 1e-5)
    x, other = m.r(9, 30), m.r(4, 30)
    peaks = Q.add_peaks(Q.add_peaks(Q.zero_peaks(x, 30), x[:4]), x[4:])
    most = torch.cat([w, other]).double().abs().amax(0)
    compare("smoothing", Q.smoothing(peaks, [w, other], 0.7), x.double().abs().amax(0) ** 0.7 / most**0.3, 1e-5)
    k = m.r(kv, 6, d)
    for bits, beyond, tail, width, start in ((4, 0, 1.0, 4, 0), (3, 1, 70000 / 65536, 4, 4)):
        part = k[..., start : start + width].double()
        ordered = part.sort(-1).values
        low, high = (ordered[..., beyond] * tail).clamp(max=0), (ordered[..., width - 1 - beyond] * tail).clamp(min=0)
        part = part if beyond == 0 else torch.minimum(torch.maximum(part, low[..., None]), high[..., None])
        expected = D.quantized_rows(part.float(), bits, 0)
        compare(f"quantized_keys beyond={beyond}", D.quantized_keys(k, shape_of(kvb=4, bands=BANDS))[..., start : start + width], expected, 1e-5)
    x = m.r(96, 32)
    w = m.r(6, 32)
    found = Q.gptq(w, Q.gptq_factor(Q.add_products(Q.zero_sums(m.none(), 32), x), 3, 0), 4, 0, 0, 0)[0]
    h = 2 / 3 * x.double().T @ x.double()
    compare("gptq", found.cpu(), gptq64(w.cpu(), h.cpu(), 4), 1e-5)


# ---- running them

def distance(a, b):
    if a.is_complex():
        a, b = torch.view_as_real(a), torch.view_as_real(b)
    a, b = a.double(), b.double()
    far = torch.where((a == b) | (a.isnan() & b.isnan()), 0.0, a - b).abs().max()
    return float(far / b[b.isfinite()].abs().max().clamp(1e-30)) if b.isfinite().any() else float(far)


def where(e):
    s = str(e)
    last = next((x for x in reversed(s.strip().split("\n")) if "Error" in x or "rror:" in x), s.strip().split("\n")[-1])
    lines = re.findall(r"line (\d+), in (\w+)\n\s*(.*)", s)
    return " < ".join(f"{b}:{a}" for a, b, _ in reversed(lines)) + "  " + last.strip()[:300]


def run(title, dev, real, mode, results=None, against=None):
    bad = total = 0
    operators, mixed, far = set(), collections.Counter(), {}
    print(f"==== {title}")
    with mode or contextlib.nullcontext():
        for name, call in cases(dev, real):
            total += 1
            log = Log(not real)
            try:
                with log:
                    out = call()
                outs = [t for t in tree_flatten(out)[0] if isinstance(t, torch.Tensor)]
                elsewhere = [str(t.device) for t in outs if t.device != torch.device(dev)]
                if elsewhere:
                    bad += 1
                    wrong(f"{name}: result on {elsewhere}")
                if results is not None:
                    results[name] = [t.detach().to("cpu", copy=True) for t in outs]
                if against is not None and name in against and not name.startswith(("cache", "attention_probe")):
                    far[name] = max([distance(a, b) for a, b in zip(results[name], against[name]) if a.numel()] or [0.0])
            except Exception as e:
                bad += 1
                wrong(f"{name}: {where(e)}")
            for note in sorted(log.notes):
                wrong(f"{name}: {note}")
            for (op, ins, outs), count in log.ops.items():
                operators.add(op)
                if len(set(ins) | set(outs)) > 1 or (dev != "cpu" and "cpu" in ins + outs):
                    mixed[(name.split()[0], op, ins, outs)] += count
    print(f"  {total} calls, {bad} bad, {len(operators)} operators")
    # Files are read into the processor's memory, and a call may tell a number; nothing else may meet another device.
    crossings = ("stored", "mapped", "shared", "copied", "copied_as", "non_finite", "beyond", "bytes")
    for (method, op, ins, outs), count in mixed.items():
        if method in crossings and dev != "cpu":
            continue
        if ins == ("cpu",) and outs == ("cpu",) and op.startswith(("aten::arange", "aten::_to_copy")):
            continue
        wrong(f"another device in {method}: {op} {ins} -> {outs} x{count}")
    for name, each in sorted(far.items(), key=lambda item: -item[1])[:8]:
        print(f"    {each:.1e} from the processor  {name}")


# ---- sizes of real models, on the meta device

SHAPES = {  # layers, hidden, heads, key-value heads, intermediate, vocabulary
    "LLaMA-2-7B": (32, 4096, 32, 32, 11008, 32000),
    "LLaMA-2-13B": (40, 5120, 40, 40, 13824, 32000),
    "LLaMA-2-70B": (80, 8192, 64, 8, 28672, 32000),
    "Llama-3.1-8B": (32, 4096, 32, 8, 14336, 128256),
}


class Alive(TorchDispatchMode):
    """Bytes of all storages that are alive, and their peak. A tensor made before is told by `hold`."""

    def __init__(self):
        super().__init__()
        self.alive, self.peak = {}, 0

    def hold(self, *tensors):
        for t in tensors:
            s = t.untyped_storage()
            if s._cdata not in self.alive or self.alive[s._cdata][0].expired():
                self.alive[s._cdata] = (StorageWeakRef(s), s.nbytes())
        for key in [key for key, (ref, _) in self.alive.items() if ref.expired()]:
            del self.alive[key]
        self.peak = max(self.peak, sum(size for _, size in self.alive.values()))

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        self.hold(*[a for a in tree_flatten(out)[0] if isinstance(a, torch.Tensor) and a.device.type == "meta"])
        return out


def counted(shape, length, type, order, weights, chunk, groups=1):
    """Peak bytes of a pass over one document of so many tokens, its last chunk for all: memory only grows towards it.
    Groups of layers with scales of their own have rotary tables of their own, of which layer order keeps the last."""
    layers, hidden, q, k, inter, vocabulary = shape
    dim = hidden // q
    kernel = FLASH if type != F32 else EFFICIENT
    made = lambda *s, t=type: torch.empty(*s, device="meta", dtype=TYPES[t])
    chunk = min(chunk, length)
    past = (length - 1) // chunk * chunk
    n = length - past
    count = Alive()
    with count:
        empty = made(0, t=F32)
        layer = lambda: [made(hidden, t=F32), made((q + 2 * k) * dim, hidden), empty, empty, empty, made(hidden, hidden), empty, made(hidden, t=F32), made(2 * inter, hidden), empty, made(hidden, inter), empty]
        # streamed: the layer in use, the next one while it is widened, rounded and fused, and neither end of the model
        held = [layer() for _ in range(layers if weights == "resident" else 1)]
        if weights != "resident":
            raw = [made(*s, t=F32) for s in ((hidden, hidden), (k * dim, hidden), (k * dim, hidden), (hidden, hidden), (inter, hidden), (inter, hidden), (hidden, inter))]
            typed = []
            while raw:  # each goes as it is rounded; in float32 there is nothing to round
                typed.append(raw.pop(0).to(TYPES[type]))
            fused = D.pack(typed + [empty] * 7 + [made(hidden, t=F32)] * 2 + [empty] * 2, dim)
        embedding = made(vocabulary, hidden) if weights == "resident" else None
        head = made(vocabulary, hidden) if weights == "resident" else None
        norm = made(hidden, t=F32)
        frequencies = made(dim // 2, t=F32)
        kept = [[D.rotary_table(frequencies, frequencies, length) for _ in range(2)] for _ in range(groups if order == "document" else 1)]
        tables = kept[-1]
        caches = [D.cache(empty, k, length, dim, type) for _ in range(layers if order == "document" else 1)]
        states = [made(min(chunk, length - at), hidden) for at in range(0, length, chunk)] if order == "layer" else [made(n, hidden)]
        x = states[-1]
        out = D.block(x, held[-1], caches[-1], D.chunk_tables(tables, past, n), empty, past, [q, k, dim, 0, 0, 0, 0, kernel], EPS, [], [])
        states[-1] = out
        del x, out
        if weights != "resident":
            held.clear()
            del typed, fused
            head = made(vocabulary, hidden)
        if order == "layer":
            caches.clear()
        rows = max(1, min(n, (256 << 20) // (8 * vocabulary)))
        D.score(states[-1], made(1, hidden), norm, head, torch.empty(n, dtype=torch.int64, device="meta"), EPS, rows, 0)
    return count.peak


def sizes(chunk):
    """One JSON line per count; the test that compares them with what qroar plans reads these."""
    for name, shape in SHAPES.items():
        for weights, order in (("resident", "document"), ("resident", "layer"), ("streamed", "layer")):
            for type in (F32, BF16):
                for length in LENGTHS:
                    size = counted(shape, length, type, order, weights, chunk)
                    row = dict(shape=name, weights=weights, order=order, precision=NAMES[type], tokens=length, bytes=size)
                    print(json.dumps(row), flush=True)
    # scales of its own in every layer
    name, shape = "LLaMA-2-7B", SHAPES["LLaMA-2-7B"]
    for order in ("document", "layer"):
        for type in (F32, BF16):
            for length in LENGTHS:
                size = counted(shape, length, type, order, "resident", chunk, shape[0])
                row = dict(shape=name, weights="resident", order=order, precision=NAMES[type], tokens=length, groups=shape[0], bytes=size)
                print(json.dumps(row), flush=True)


LENGTHS = (4096, 8192, 16384, 32768, 65536, 131072)

if __name__ == "__main__":
    if "--sizes" in sys.argv:
        sizes(512)
        sys.exit(0)
    print("torch", torch.__version__, "cuda available", torch.cuda.is_available())
    on_cpu = {}
    run("cpu", "cpu", True, None, on_cpu)
    formulas("cpu")
    run("meta", "meta", False, None)
    for switch in ("flash", "mem_efficient", "cudnn"):
        getattr(torch.backends.cuda, f"enable_{switch}_sdp")(False)
    with FakeTensorMode():
        for name, call in (
            ("weights on cpu", lambda: D.logits(torch.empty(2, 8, device="cuda"), torch.empty(8, device="cuda"), torch.empty(4, 8), EPS, 0)),
            ("mask on cpu", lambda: torch.nn.functional.scaled_dot_product_attention(*[torch.empty(1, 1, 2, 8, device="cuda")] * 3, torch.empty(2, 2))),
        ):
            try:
                call()
                wrong("a mixture of devices was not seen: " + name)
            except Exception:
                print("a mixture of devices is seen:", name)
    run("fake cuda:0", "cuda:0", False, FakeTensorMode(allow_non_fake_inputs=False))
    if torch.cuda.is_available():
        for switch in ("flash", "mem_efficient", "cudnn"):
            getattr(torch.backends.cuda, f"enable_{switch}_sdp")(True)
        run("cuda:0, " + torch.cuda.get_device_name(0), "cuda:0", True, None, {}, on_cpu)
        formulas("cuda:0")
    print("WRONG: " + str(len(WRONG)) if WRONG else "nothing wrong")
    sys.exit(1 if WRONG else 0)
