"""What the formats' own libraries read out of models that we wrote, and a model whose blocks llama.cpp itself mixed.

Run with: python generate_written.py QROAR    (QROAR: the launcher; needs what generate.py needs, and llama-cpp-python)
Made with: torch 2.7.1, autoawq 0.2.9, gptqmodel 4.2.5 (under transformers 4.57.6), compressed-tensors 0.15.0.1, gguf 0.19.0,
llama-cpp-python 0.3.36 (llama.cpp 0c1e57098).

`written.json`: per case a checkpoint, a quantizer that is not calibrated (so that its integers are the same on every processor),
and a format; `tensors`, the SHA-256 of what `qroar quantize` stored (safetensors: every tensor's bytes, GGUF: the tensors'
part of the file), and `weights`, that of each weight which the library un-packs from those bytes: float32, row-major,
little-endian, scales widened first. `llama-q4_k_m.gguf`: Q4_K_M by llama.cpp's quantizer of a model with rows of 256 and 64, so
that it falls back to other blocks, with the digests of what the gguf package makes of it.
"""
import hashlib, json, os, subprocess, sys, tempfile
import numpy as np, torch
from safetensors import safe_open
import generate as g

CASES = [(checkpoint, quantizer, form) for form, quantizers in {
    "awq": ["rtn:bits=4,group=32", "rtn:bits=3,group=32"],
    "gptq": ["rtn:bits=4,group=32", "rtn:bits=2,group=32", "rtn:bits=3,group=32", "rtn:bits=8,group=0"],
    "compressed-tensors": ["rtn:bits=4,group=32", "rtn:bits=8,group=32", "rtn:bits=8,group=0", "rtn:bits=3,group=32"],
    "gguf": ["rtn:bits=3,group=32", "rtn:bits=4,group=32", "rtn:bits=7,group=32"],
}.items() for quantizer in quantizers for checkpoint in ("tiny-qwen2", "tiny-llama", "tiny-llama-trained")
    if quantizer == quantizers[0] or form == "gguf" or checkpoint == "tiny-qwen2"] + [
    # Act order, symmetric codes of the first generation, zero points per group: what others packed, in other formats.
    ("formats/gptq-act-llama", "stored", "gptq"), ("formats/gptq-llama", "stored", "gptq"),
    ("formats/gptq-act-llama", "stored", "compressed-tensors"), ("formats/ct-qwen3", "stored", "awq"),
    ("formats/gptq-llama", "stored", "gguf"), ("formats/awq-qwen2", "stored", "gguf")]


def sha(data):
    return hashlib.sha256(data).hexdigest()


def digest(weights):
    return sha(np.ascontiguousarray(weights.numpy() if isinstance(weights, torch.Tensor) else weights).astype(np.float32).tobytes())


def parts(folder):
    with safe_open(os.path.join(folder, "model.safetensors"), "pt") as f:
        return {name: f.get_tensor(name) for name in f.keys()}


def safetensors_bytes(folder):
    with open(os.path.join(folder, "model.safetensors"), "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        data = f.read()
    return {name: sha(data[slice(*entry["data_offsets"])]) for name, entry in header.items() if name != "__metadata__"}


def gptq_first_to_second(qzeros, bits, out):
    """As generate.gptq_first_generation takes one away."""
    assert bits != 3
    ones = sum(1 << s for s in range(0, 32, bits))
    return torch.from_numpy((qzeros.numpy().view(np.uint32) + np.uint32(ones)).view(np.int32))


def unpacked(folder):
    """Every linear's weight [out, in] by the library whose format it is."""
    settings = json.load(open(os.path.join(folder, "config.json")))["quantization_config"]
    stored, weights = parts(folder), {}
    for name in stored:
        module, _, leaf = name.rpartition(".")
        t = {part: stored.get(module + "." + part) for part in ("qweight", "qzeros", "scales", "g_idx")}
        if settings["quant_method"] == "awq" and leaf == "qweight":
            weights[module] = g.awq_weights(t, settings["group_size"])
        elif settings["quant_method"] == "gptq" and leaf == "qweight":
            bits, out = settings["bits"], t["scales"].shape[1]
            if settings["checkpoint_format"] == "gptq":
                t["qzeros"] = gptq_first_to_second(t["qzeros"], bits, out)
            width = t["g_idx"].shape[0]
            weights[module] = g.gptq_weights(t, bits, width if settings["group_size"] == -1 else settings["group_size"])
        elif settings["quant_method"] == "compressed-tensors" and leaf == "weight_packed":
            of = settings["config_groups"]["group_0"]["weights"]
            t = {part: stored[module + "." + part] for part in ("weight_packed", "weight_scale", "weight_shape",
                 "weight_zero_point", "weight_g_idx") if module + "." + part in stored}
            weights[module] = g.ct_weights(t, of["num_bits"], of.get("group_size") or 0, of["symmetric"])
    return weights


def gguf_linears(file):
    """Every linear's weight by the gguf package, rows of q and k back in their order for arch llama."""
    import gguf
    reader = gguf.GGUFReader(file)
    arch = reader.fields["general.architecture"].contents()
    heads = {"attn_q": reader.fields[arch + ".attention.head_count"].contents(),
             "attn_k": reader.fields[arch + ".attention.head_count_kv"].contents()}
    names = {short: long for long, short in g.GGUF_NAMES.items()}
    names |= {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
    weights = {}
    for tensor in reader.tensors:
        parts = tensor.name.split(".")
        short = parts[-2]
        back = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape([int(n) for n in tensor.shape][::-1])
        if arch == "llama" and short in heads:
            n = heads[short]
            back = back.reshape(n, back.shape[0] // n // 2, 2, -1).swapaxes(1, 2).reshape(back.shape)
        name = f"model.layers.{parts[1]}." + names[short] if parts[0] == "blk" else names[short]
        weights[name + "." + parts[-1]] = back
    start = min(t.data_offset for t in reader.tensors)
    return weights, sha(open(file, "rb").read()[start:])


def written(launcher):
    cases = []
    for checkpoint, quantizer, form in CASES:
        with tempfile.TemporaryDirectory() as scratch:
            out = os.path.join(scratch, "out")
            model = os.path.join(g.HERE, "..", checkpoint if "/" in checkpoint else "checkpoints/" + checkpoint)
            subprocess.run([launcher, "quantize", "--model", model, "--quantize", quantizer, "--format", form, "--out", out],
                           check=True, stdout=subprocess.DEVNULL)
            if form == "gguf":
                weights, tensors = gguf_linears(os.path.join(out, "model.gguf"))
                weights = {name: w for name, w in weights.items() if name.endswith("_proj.weight")}
            else:
                tensors = sha("".join(name + " " + d + "\n" for name, d in sorted(safetensors_bytes(out).items())).encode())
                weights = {module + ".weight": w for module, w in unpacked(out).items()}
            assert weights
            listed = "".join(name + " " + digest(w) + "\n" for name, w in sorted(weights.items()))
            cases.append({"checkpoint": checkpoint, "quantizer": quantizer, "format": form, "linears": len(weights),
                          "tensors": tensors, "weights": sha(listed.encode())})
            print(checkpoint, quantizer, form, flush=True)
            json.dump(cases, open(os.path.join(g.HERE, "written.json"), "w"), indent=1)


def mixed_blocks():
    import llama_cpp
    from gguf import GGUFWriter
    rng = np.random.default_rng(11)
    with tempfile.TemporaryDirectory() as scratch:
        plain = os.path.join(scratch, "plain.gguf")
        writer = GGUFWriter(plain, "llama")
        writer.add_block_count(2)
        writer.add_context_length(128)
        writer.add_embedding_length(256)
        writer.add_feed_forward_length(32)
        writer.add_head_count(4)
        writer.add_head_count_kv(2)
        writer.add_key_length(16)
        writer.add_value_length(16)
        writer.add_rope_dimension_count(16)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(10000.0)
        writer.add_vocab_size(64)
        writer.add_tokenizer_model("no_vocab")
        shapes = {"attn_q": (64, 256), "attn_k": (32, 256), "attn_v": (32, 256), "attn_output": (256, 64),
                  "ffn_gate": (32, 256), "ffn_up": (32, 256), "ffn_down": (256, 32)}

        def add(name, *shape):
            writer.add_tensor(name + ".weight", (rng.normal(size=shape) / np.sqrt(shape[-1])).astype(np.float32))
        add("token_embd", 64, 256)
        add("output", 64, 256)
        writer.add_tensor("output_norm.weight", np.ones(256, dtype=np.float32))
        for layer in range(2):
            for norm in ("attn_norm", "ffn_norm"):
                writer.add_tensor(f"blk.{layer}.{norm}.weight", np.ones(256, dtype=np.float32))
            for name, shape in shapes.items():
                add(f"blk.{layer}.{name}", *shape)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        settings = llama_cpp.llama_model_quantize_default_params()
        settings.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M
        settings.nthread = 1
        file = os.path.join(g.HERE, "llama-q4_k_m.gguf")
        failed = llama_cpp.llama_model_quantize(plain.encode(), file.encode(), settings)
        assert failed == 0, failed
    weights, _ = gguf_linears(file)
    json.dump({name: digest(w) for name, w in weights.items()}, open(os.path.join(g.HERE, "llama-q4_k_m.sha256.json"), "w"),
              indent=1, sort_keys=True)


if __name__ == "__main__":
    mixed_blocks()
    written(sys.argv[1])
