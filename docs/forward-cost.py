#!/usr/bin/env python3
"""What qroar bench forward measures, through plain torch (SDPA) and transformers, and the ratios.

    python docs/forward-cost.py --shape smollm2-135m --length 1024,4096 --precision float32,bfloat16 --threads 1

Needs torch; transformers rows are left out where it is missing. Random weights, random tokens, losses included; the fastest of
--passes passes counts, by cpu time on a cpu and by the clock on a gpu. The passes of the peers are interleaved with each other;
qroar (--qroar, default ./qroar) runs before and after them, its better figure counts.
"""
import argparse
import json
import os
import subprocess
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import torch
import torch.nn.functional as F

# hidden, intermediate, layers, heads, key and value heads, vocabulary, tied
SHAPES = {
    "llama-2-7b": (4096, 11008, 32, 32, 32, 32000, False),
    "llama-3.1-8b": (4096, 14336, 32, 32, 8, 128256, False),
    "tinyllama": (2048, 5632, 22, 32, 4, 32000, False),
    "smollm2-135m": (576, 1536, 30, 9, 3, 49152, True),
    "d1024": (1024, 2816, 8, 16, 16, 32000, False),
    "tiny": (64, 176, 2, 4, 2, 512, True),
}
ROWS = 512


class Plain:
    """LLaMA in plain torch: one forward over all tokens, SDPA, fused rms_norm."""

    def __init__(self, shape, dtype, device):
        hidden, inter, layers, heads, kv, vocabulary, tied = shape
        self.heads, self.kv, self.dim = heads, kv, hidden // heads

        def made(*sizes):
            return torch.randn(*sizes, device=device, dtype=torch.float32).mul_(0.02).to(dtype)

        self.layers = [
            [made(heads * self.dim, hidden), made(kv * self.dim, hidden), made(kv * self.dim, hidden), made(hidden, heads * self.dim),
             made(inter, hidden), made(inter, hidden), made(hidden, inter)] for _ in range(layers)]
        self.embedding = made(vocabulary, hidden)
        self.head = self.embedding if tied else made(vocabulary, hidden)
        self.one = torch.ones(hidden, device=device, dtype=dtype)
        frequency = 1.0 / (10000.0 ** (torch.arange(0, self.dim, 2, device=device).float() / self.dim))
        self.frequency = torch.cat([frequency, frequency])

    def turned(self, x, cos, sin):
        half = self.dim // 2
        return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin

    def norm(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.one, 1e-5)

    def losses(self, ids):
        n = len(ids)
        angles = torch.outer(torch.arange(n, device=ids.device).float(), self.frequency)
        cos, sin = angles.cos().to(self.one.dtype), angles.sin().to(self.one.dtype)
        x = F.embedding(ids, self.embedding)[None]
        for wq, wk, wv, wo, gate, up, down in self.layers:
            a = self.norm(x)
            q = self.turned(F.linear(a, wq).view(1, n, self.heads, self.dim).transpose(1, 2), cos, sin)
            k = self.turned(F.linear(a, wk).view(1, n, self.kv, self.dim).transpose(1, 2), cos, sin)
            v = F.linear(a, wv).view(1, n, self.kv, self.dim).transpose(1, 2)
            # enable_gqa would leave the flash kernel of the cpu
            group = self.heads // self.kv
            k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
            o = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + F.linear(o.transpose(1, 2).reshape(1, n, -1), wo)
            m = self.norm(x)
            x = x + F.linear(F.silu(F.linear(m, gate)) * F.linear(m, up), down)
        x = self.norm(x)[0, :-1]
        return torch.cat([
            F.cross_entropy(F.linear(x[i:i + ROWS], self.head).float(), ids[i + 1:i + 1 + len(x[i:i + ROWS])], reduction="none")
            for i in range(0, n - 1, ROWS)])


def transformers_model(shape, dtype, device, length):
    try:
        from transformers import LlamaConfig, LlamaForCausalLM
    except ImportError:
        return None
    hidden, inter, layers, heads, kv, vocabulary, tied = shape
    config = LlamaConfig(hidden_size=hidden, intermediate_size=inter, num_hidden_layers=layers, num_attention_heads=heads,
                         num_key_value_heads=kv, vocab_size=vocabulary, tie_word_embeddings=tied, max_position_embeddings=length,
                         attn_implementation="sdpa", use_cache=False)
    model = LlamaForCausalLM(config).to(device=device, dtype=dtype).eval()

    def losses(ids):
        logits = model(ids[None]).logits[0, :-1].float()
        return F.cross_entropy(logits, ids[1:], reduction="none")

    return losses


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="smollm2-135m", choices=sorted(SHAPES))
    parser.add_argument("--length", default="1024")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:0; qroar is then asked for gpu:0")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--qroar", default="./qroar", help="launcher; empty to leave it out")
    parser.add_argument("--no-transformers", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.set_grad_enabled(False)
    clock = time.process_time if given.device == "cpu" else time.perf_counter
    unit = "tokensPerCpuSecond" if given.device == "cpu" else "tokensPerSecond"

    def ours():
        if not given.qroar:
            return {}
        device = "cpu" if given.device == "cpu" else "gpu:" + (given.device.split(":") + ["0"])[1]
        command = given.qroar.split() + [
            "bench", "forward", "--shape", given.shape, "--length", given.length, "--precision", given.precision, "--device", device,
            "--passes", str(given.passes), "--json"] + (["--threads", str(given.threads)] if device == "cpu" else [])
        rows = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)["rows"]
        return {(row["precision"], row["length"]): row[unit] for row in rows}

    before = ours()
    rows = []
    for precision in given.precision.split(","):
        dtype = getattr(torch, precision)
        plain = Plain(SHAPES[given.shape], dtype, given.device)
        for length in map(int, given.length.split(",")):
            ids = torch.randint(0, SHAPES[given.shape][5], (length,), device=given.device)
            peers = {"torch": plain.losses}
            other = None if given.no_transformers else transformers_model(SHAPES[given.shape], dtype, given.device, length)
            if other is not None:
                peers["transformers"] = other
            best = dict.fromkeys(peers, float("inf"))
            for turn in range(given.passes + 1):
                for name, losses in peers.items():
                    start = clock()
                    losses(ids)[-1].item()
                    if turn > 0:
                        best[name] = min(best[name], clock() - start)
            rows.append({"shape": given.shape, "precision": precision, "length": length, "threads": given.threads,
                         **{name: length / seconds for name, seconds in best.items()}})
    after = ours()
    for row in rows:
        key = (row["precision"], row["length"])
        if key in before:
            row["qroar"] = max(before[key], after[key])
            for name in ("torch", "transformers"):
                if name in row:
                    row["qroar/" + name] = row["qroar"] / row[name]
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    print("torch", torch.__version__, torch.backends.cpu.get_cpu_capability(), "-", unit)
    for row in rows:
        print("  ".join(f"{name} {value:.3g}" if isinstance(value, float) else f"{value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
