#!/usr/bin/env python3
"""What streams of their own would bring on a GPU, before anything is built on them: streamed weights, and two workers.

    qroar doctor --dump-ops ops.pt
    python3 streams.py ops.pt [--shape llama-2-7b] [--layers 8] [--tokens 8192] [--rounds 3] [--device cuda:0]

(a) Layers of a shape in bfloat16 pass over a document in qroar's own kernels while the next layer is fetched by a second
    thread, in five ways:
      resident   nothing is fetched: what computing alone takes
      plain      as qroar does it: from pageable memory, on the default stream
      stream     the same copies on a stream of the fetching thread, into memory that is made on the compute stream before
      pinned     the same from page-locked memory that is filled first and used again for each layer
      registered the same from page-locked memory that was made once for the whole model: the bound
    Two layers' room is all there is. A copy waits for an event behind the last use of its room, and computing for an event
    behind the copy: nothing is freed while another stream reads it, so the allocator has nothing to know.
(b) Two threads with a document each, on the default stream and on a stream each.

Every result must be that of `resident` to the bit. Exit code 1 when one is not. On a cpu (--device cpu) the ways are gone
through without streams: a rehearsal of the order of events, no measurement.
"""
import argparse
import contextlib
import os
import queue
import sys
import threading
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import torch

torch.set_num_threads(1)


def prepare():
    """Both are settings of a thread; qroar computes with them so."""
    torch.set_grad_enabled(False)
    torch._C._set_graph_executor_optimize(False)


prepare()
SHAPES = {  # hidden, intermediate, heads, key and value heads
    "llama-2-7b": (4096, 11008, 32, 32),
    "llama-3.1-8b": (4096, 14336, 32, 8),
    "tiny": (64, 176, 4, 2),
}
BF16 = 15
FLASH, PROCESSOR = 1, 3


class Streams:
    """Those of a device; on a cpu everything is in order without them."""

    def __init__(self, device):
        self.device = device
        self.cuda = device.type == "cuda"

    def new(self):
        return torch.cuda.Stream(self.device) if self.cuda else None

    def on(self, stream):
        return torch.cuda.stream(stream) if stream is not None else contextlib.nullcontext()

    def mark(self):
        """An event behind what the calling thread's stream has been given."""
        if not self.cuda:
            return None
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(self.device))
        return event

    def wait(self, event):
        """What the calling thread gives its stream from now on waits; the thread does not."""
        if event is not None:
            torch.cuda.current_stream(self.device).wait_event(event)

    def finish(self):
        if self.cuda:
            torch.cuda.synchronize(self.device)


class Model:
    def __init__(self, ops, shape, layers, tokens, chunk, device):
        self.d = torch.jit.load(ops).decoder
        self.streams, self.device = Streams(device), device
        self.hidden, inter, self.heads, self.kv = SHAPES[shape]
        self.dim = self.hidden // self.heads
        self.tokens, self.chunk = tokens, min(chunk, tokens)
        torch.manual_seed(1)
        sizes = [self.hidden, self.heads, self.kv, self.dim, inter]
        self.host = [[x.cpu() for x in self.d.made_layer("cpu", sizes, BF16)] for _ in range(layers)]
        self.kernel = FLASH if device.type == "cuda" else PROCESSOR
        self.none = torch.empty(0, device=device)
        frequency = 1.0 / (10000.0 ** (torch.arange(0, self.dim, 2).float() / self.dim))
        self.tables = [self.d.rotary_table(frequency.to(device), torch.ones(self.dim // 2, device=device), tokens) for _ in range(2)]
        self.x = (torch.randn(tokens, self.hidden) * 0.02).to(device, torch.bfloat16)

    def bytes(self):
        return sum(x.numel() * x.element_size() for x in self.host[0])

    def room(self):
        return [torch.empty_like(x, device=self.device) for x in self.host[0]]

    def cache(self):
        return self.d.cache(self.none, self.kv, self.tokens, self.dim, BF16)

    def through(self, states, layer, cache):
        """All chunks of a document through one layer."""
        for index, at in enumerate(range(0, self.tokens, self.chunk)):
            n = len(states[index])
            chunk = self.d.chunk_tables(self.tables, at, n)
            shape = [self.heads, self.kv, self.dim, 0, 0, 0, 0, self.kernel, 0, 0]
            states[index] = self.d.block(states[index], layer, cache, chunk, self.none, at, shape, 1e-5, [], [])


def resident(model, layers):
    states, cache = list(model.x.split(model.chunk)), model.cache()
    for layer in layers:
        model.through(states, layer, cache)
    return torch.cat(states)


def fetched(model, way):
    """A pass whose layers come from the host, each while the one before is computed with."""
    streams, states, cache = model.streams, list(model.x.split(model.chunk)), model.cache()
    rooms = [model.room() for _ in range(2)] if way != "plain" else None
    free, ready = queue.Queue(), queue.Queue()
    for slot in range(2):
        free.put((slot, streams.mark()))
    host = model.registered if way == "registered" else model.host
    # one for each room: the copy out of it may not have begun when the next layer is read
    staging = [[x.pin_memory() if streams.cuda else x.clone() for x in model.host[0]] for _ in range(2)] if way == "pinned" else None

    def fetch():
        prepare()
        try:
            stream = None if way == "plain" else streams.new()
            copied = [None, None]
            with streams.on(stream):
                for layer in host:
                    slot, used = free.get()
                    if way == "plain":
                        ready.put((slot, [x.to(model.device, copy=True) for x in layer], None))
                        continue
                    if staging is not None:
                        if copied[slot] is not None:
                            copied[slot].synchronize()
                        for pinned, x in zip(staging[slot], layer):
                            pinned.copy_(x)
                        layer = staging[slot]
                    streams.wait(used)
                    for target, x in zip(rooms[slot], layer):
                        target.copy_(x, non_blocking=True)
                    copied[slot] = streams.mark()
                    ready.put((slot, rooms[slot], copied[slot]))
        except BaseException as e:  # told to the thread that waits
            ready.put(e)

    thread = threading.Thread(target=fetch)
    thread.start()
    for _ in host:
        given = ready.get()
        if isinstance(given, BaseException):
            raise given
        slot, layer, copied = given
        streams.wait(copied)
        model.through(states, layer, cache)
        del layer, given
        free.put((slot, streams.mark()))
    thread.join()
    out = torch.cat(states)
    streams.finish()
    return out


def beside(model, layers, own):
    """Two documents at a time, each by a thread of its own; the results of both."""
    outs = [None, None]

    def work(index):
        prepare()
        try:
            # what is made on a stream goes back to it, and everything else was finished before
            with model.streams.on(model.streams.new() if own else None):
                outs[index] = resident(model, layers)
        except BaseException as e:
            outs[index] = e

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    model.streams.finish()
    for out in outs:
        if isinstance(out, BaseException):
            raise out
    return outs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ops")
    parser.add_argument("--shape", default="llama-2-7b", choices=sorted(SHAPES))
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--tokens", default="1024,8192,32768")
    parser.add_argument("--chunk", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cuda:0")
    given = parser.parse_args()
    device = torch.device(given.device)
    wrong = 0
    for tokens in map(int, given.tokens.split(",")):
        model = Model(given.ops, given.shape, given.layers, tokens, given.chunk, device)
        model.registered = [[x.pin_memory() if device.type == "cuda" else x for x in layer] for layer in model.host]
        layers = [[x.to(device) for x in layer] for layer in model.host]
        model.streams.finish()
        ways = {"resident": lambda: [resident(model, layers)]}
        ways.update({way: lambda way=way: [fetched(model, way)] for way in ("plain", "stream", "pinned", "registered")})
        ways["two workers, one stream"] = lambda: beside(model, layers, False)
        ways["two workers, a stream each"] = lambda: beside(model, layers, True)
        expected, best = None, {}
        for turn in range(given.rounds + 1):  # the first warms up
            for name, way in ways.items():
                model.streams.finish()
                begun = time.perf_counter()
                outs = way()
                model.streams.finish()
                seconds = time.perf_counter() - begun
                if turn > 0:
                    best[name] = min(best.get(name, seconds), seconds)
                expected = outs[0] if expected is None else expected
                if not all(torch.equal(out, expected) for out in outs):
                    wrong += 1
                    print(f"  WRONG {name}, {tokens} tokens, round {turn}: not what resident layers give")
        print(f"{given.shape}, {given.layers} layers of {model.bytes() / 1e6:.0f} MB, {tokens} tokens, {device}: seconds, and over resident")
        for name, seconds in best.items():
            print(f"  {name:28} {seconds:.4f}  {seconds / best['resident']:.3f}")
        del layers
    print("WRONG: " + str(wrong) if wrong else "nothing wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
