"""Makes the golden files of this folder with the packing code of the formats' own libraries.

Run with: python generate.py    (in this folder; needs torch, numpy, safetensors and the packages below; its word
"tokenizers" makes those alone)
Made with: torch 2.7.1, autoawq 0.2.9, gptqmodel 4.2.5 (under transformers 4.57.6), compressed-tensors 0.15.0.1, gguf 0.19.0,
tokenizers 0.22.1, sentencepiece 0.2.3.

Layouts (*.safetensors): per case the packed tensors and `w`, the float32 weights [out, in] that the library's own reference
code un-packs, with the scales widened to float32 first. Models: a folder each, packed from the weights of
../checkpoints, and `sha256.json`, the SHA-256 of each de-quantized weight (float32, row-major, little-endian).
"""
import hashlib, json, os, shutil, sys
import numpy as np, torch
from safetensors import safe_open
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKPOINTS = os.path.join(HERE, "..", "checkpoints")
LINEARS = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
           "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]


def grid(w, bits, group, symmetric):
    """Scales and zero points [out, groups] of a plain rounding, scales in float16."""
    out, width = w.shape
    g = w.reshape(out, width // group, group)
    top = 2 ** bits - 1
    if symmetric:
        scale = g.abs().amax(-1).clamp(min=1e-5) / (top / 2)
        zero = torch.full_like(scale, 2 ** (bits - 1))
    else:
        low, high = g.amin(-1).clamp(max=0), g.amax(-1).clamp(min=0)
        scale = (high - low).clamp(min=1e-5) / top
        zero = torch.round(-low / scale).clamp(0, top)
    return scale.half().float(), zero


# ---- AWQ

def awq_part(name):
    """A module of autoawq without its package's start, which asks for an old transformers."""
    import importlib, importlib.util, types
    if "awq" not in sys.modules:
        spec = importlib.util.find_spec("awq")
        package = types.ModuleType("awq")
        package.__spec__, package.__path__ = spec, list(spec.submodule_search_locations)
        sys.modules["awq"] = package
    return importlib.import_module(name)


def awq_pack(w, group, symmetric=False):
    WQLinear_GEMM = awq_part("awq.modules.linear.gemm").WQLinear_GEMM
    scale, zero = grid(w, 4, group, symmetric)
    codes = (torch.round(w / scale.repeat_interleave(group, 1)) + zero.repeat_interleave(group, 1)).clamp(0, 15)
    exact = (codes - zero.repeat_interleave(group, 1)) * scale.repeat_interleave(group, 1)
    linear = torch.nn.Linear(w.shape[1], w.shape[0], bias=False)
    linear.weight.data = exact
    packed = WQLinear_GEMM.from_linear(linear, 4, group, scales=scale.t().contiguous(), zeros=zero.t().contiguous())
    return {"qweight": packed.qweight, "qzeros": packed.qzeros, "scales": packed.scales}


def awq_weights(t, group):
    return awq_part("awq.utils.packing_utils").dequantize_gemm(t["qweight"], t["qzeros"], t["scales"].float(), 4, group).t().contiguous()


# ---- GPTQ

def gptq_module(width, out, bits, group):
    from gptqmodel.nn_modules.qlinear.torch import TorchQuantLinear
    return TorchQuantLinear(bits=bits, group_size=group, sym=False, desc_act=True, in_features=width, out_features=out,
                            bias=False, pack_dtype=torch.int32, register_buffers=True)


def gptq_pack(w, bits, group, g_idx=None, symmetric=False):
    """Tensors of the second generation (zero points as they are)."""
    out, width = w.shape
    g_idx = torch.arange(width) // group if g_idx is None else g_idx
    order = torch.argsort(g_idx, stable=True)
    scale, zero = grid(w[:, order], bits, group, symmetric)
    s, z = scale[:, g_idx], zero[:, g_idx]
    codes = (torch.round(w / s) + z).clamp(0, 2 ** bits - 1)
    linear = torch.nn.Linear(width, out, bias=False)
    linear.weight.data = (codes - z) * s
    module = gptq_module(width, out, bits, group)
    module.pack(linear, scale, zero, g_idx.to(torch.int32))
    return {"qweight": module.qweight, "qzeros": module.qzeros, "scales": module.scales, "g_idx": g_idx.to(torch.int32)}


def gptq_weights(t, bits, group):
    out, width = t["scales"].shape[1], t["g_idx"].shape[0]
    module = gptq_module(width, out, bits, group)
    module.qweight, module.qzeros, module.g_idx = t["qweight"], t["qzeros"], t["g_idx"]
    module.scales = t["scales"].float()
    module.post_init()
    return module.dequantize_weight().float().t().contiguous()


def gptq_first_generation(t, bits, out):
    """As GPTQModel writes it: minus one on whole words; at 3 bits field by field, as AutoGPTQ packs them."""
    t = dict(t)
    if bits == 3:
        old = t["qzeros"].numpy().view(np.uint32)
        text = np.unpackbits(old.view(np.uint8), bitorder="little").reshape(old.shape[0], -1)
        fields = text.reshape(old.shape[0], -1, 3)[:, :out] @ np.array([1, 2, 4])
        fields = (fields - 1) & 7
        text = ((fields[..., None] >> np.arange(3)) & 1).astype(np.uint8).reshape(old.shape[0], -1)
        t["qzeros"] = torch.from_numpy(np.packbits(text, axis=1, bitorder="little").view(np.int32).copy())
    else:
        ones = sum(1 << s for s in range(0, 32, bits))
        t["qzeros"] = torch.from_numpy((t["qzeros"].numpy().view(np.uint32) - np.uint32(ones)).view(np.int32))
    return t


# ---- compressed-tensors

def ct_scheme(bits, group, symmetric, actorder=None):
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
    strategy = dict(strategy="channel") if group == 0 else dict(strategy="group", group_size=group)
    return QuantizationScheme(targets=["Linear"], weights=QuantizationArgs(
        num_bits=bits, type="int", symmetric=symmetric, actorder=actorder, **strategy))


def ct_pack(w, bits, group, symmetric, dtype, g_idx=None):
    from compressed_tensors.compressors.pack_quantized.base import PackedQuantizationCompressor as Packer
    out, width = w.shape
    size = width if group == 0 else group
    ordered = w if g_idx is None else w[:, torch.argsort(g_idx, stable=True)]
    scale, zero = grid(ordered, bits, size, symmetric)
    state = {"weight": w.to(dtype), "weight_scale": scale.to(dtype),
             "weight_zero_point": (zero - 2 ** (bits - 1)).to(torch.int8)}
    if g_idx is not None:
        state["weight_g_idx"] = g_idx.to(torch.int32)
    return Packer.compress(state, ct_scheme(bits, group, symmetric))


def ct_weights(t, bits, group, symmetric):
    from compressed_tensors.compressors.pack_quantized.base import PackedQuantizationCompressor as Packer
    t = dict(t)
    t["weight_scale"] = t["weight_scale"].float()
    return Packer.decompress(t, ct_scheme(bits, group, symmetric))["weight"].float()


# ---- layouts

def layouts():
    torch.manual_seed(20261128)
    files = {"awq": {}, "gptq": {}, "compressed-tensors": {}}

    def put(file, case, tensors, w):
        for name, tensor in {**tensors, "w": w}.items():
            files[file][case + "." + name] = tensor.contiguous().clone()

    w = torch.randn(64, 96) * torch.rand(64, 1)
    w[3] = 0
    w[4, :32] = torch.rand(32)  # of one sign
    for group in (32, 96):
        t = awq_pack(w, group)
        put("awq", f"g{group}", t, awq_weights(t, group))
    shuffled = torch.randperm(96) // 32
    for bits in (2, 3, 4, 8):
        width = torch.randn(64, 96) * torch.rand(64, 1)
        width[5] = width[5].abs()  # zero points of 0
        width[6] = -width[6].abs()
        for name, group, g_idx in (("g32", 32, None), ("act", 32, shuffled), ("row", 96, None)):
            t = gptq_pack(width, bits, group, g_idx)
            put("gptq", f"b{bits}.{name}.v2", t, gptq_weights(t, bits, group))
            put("gptq", f"b{bits}.{name}.v1", gptq_first_generation(t, bits, 64), gptq_weights(t, bits, group))
    w = torch.randn(20, 96) * torch.rand(20, 1)
    narrow = torch.randn(12, 44)
    for name, matrix, bits, group, symmetric, dtype, g_idx in (
            ("b4.g32.sym", w, 4, 32, True, torch.bfloat16, None), ("b4.g32.asym", w, 4, 32, False, torch.float16, None),
            ("b8.row.sym", w, 8, 0, True, torch.bfloat16, None), ("b8.g32.asym", w, 8, 32, False, torch.float32, None),
            ("b4.row.narrow", narrow, 4, 0, False, torch.float16, None), ("b4.act", w, 4, 32, True, torch.float16, shuffled)):
        t = ct_pack(matrix, bits, group, symmetric, dtype, g_idx)
        put("compressed-tensors", name, t, ct_weights(t, bits, group, symmetric))
    for name, tensors in files.items():
        save_file(tensors, os.path.join(HERE, name + ".safetensors"))


# ---- models

def stored(checkpoint):
    with safe_open(os.path.join(CHECKPOINTS, checkpoint, "model.safetensors"), "pt") as f:
        return {name: f.get_tensor(name) for name in f.keys()}


def config(checkpoint):
    return json.load(open(os.path.join(CHECKPOINTS, checkpoint, "config.json")))


def model(name, checkpoint, quantization, pack, weights):
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    tensors, digests = {}, {}
    for key, tensor in stored(checkpoint).items():
        if any(key.endswith(linear + ".weight") for linear in LINEARS):
            packed = pack(tensor.float())
            for part, value in packed.items():
                tensors[key[:-len("weight")] + part] = value.contiguous()
            digests[key] = hashlib.sha256(weights(packed).contiguous().numpy().tobytes()).hexdigest()
        else:
            tensors[key] = tensor
            digests[key] = hashlib.sha256(tensor.float().contiguous().numpy().tobytes()).hexdigest()
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    json.dump({**config(checkpoint), "quantization_config": quantization}, open(os.path.join(folder, "config.json"), "w"), indent=1)
    json.dump(digests, open(os.path.join(folder, "sha256.json"), "w"), indent=1, sort_keys=True)


def models():
    torch.manual_seed(7)
    model("awq-qwen2", "tiny-qwen2",
          {"quant_method": "awq", "bits": 4, "group_size": 32, "version": "gemm", "zero_point": True, "modules_to_not_convert": None},
          lambda w: awq_pack(w, 32), lambda t: awq_weights(t, 32))
    model("gptq-llama", "tiny-llama",
          {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False, "sym": True, "lm_head": False},
          lambda w: gptq_first_generation(gptq_pack(w, 4, 32, symmetric=True), 4, w.shape[0]),
          lambda t: gptq_weights({**t, "qzeros": torch.from_numpy((t["qzeros"].numpy().view(np.uint32) + np.uint32(0x11111111)).view(np.int32))}, 4, 32))
    model("gptq-act-llama", "tiny-llama",
          {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": True, "sym": False, "checkpoint_format": "gptq_v2"},
          lambda w: gptq_pack(w, 4, 32, torch.randperm(w.shape[1]) // 32), lambda t: gptq_weights(t, 4, 32))
    for name, checkpoint, bits, group, symmetric in (("ct-qwen3", "tiny-qwen3", 4, 32, False), ("ct-llama-w8", "tiny-llama", 8, 0, True)):
        scheme = ct_scheme(bits, group, symmetric)
        model(name, checkpoint,
              {"quant_method": "compressed-tensors", "format": "pack-quantized", "quantization_status": "compressed",
               "global_compression_ratio": None, "kv_cache_scheme": None, "ignore": ["lm_head"],
               "config_groups": {"group_0": {**json.loads(scheme.model_dump_json()), "format": "pack-quantized"}}},
              lambda w: ct_pack(w, bits, group, symmetric, torch.float16), lambda t: ct_weights(t, bits, group, symmetric))


# ---- GGUF

def gguf_blocks():
    """One tensor of random blocks per format, with scales that are finite; and what the gguf package makes of them."""
    from gguf import GGUFWriter, GGMLQuantizationType as Q, GGML_QUANT_SIZES
    from gguf.quants import dequantize
    rng = np.random.default_rng(5)
    writer = GGUFWriter(os.path.join(HERE, "blocks.gguf"), "llama")
    expected = {}
    halves = {Q.Q4_0: [0], Q.Q4_1: [0, 2], Q.Q5_0: [0], Q.Q5_1: [0, 2], Q.Q8_0: [0], Q.Q4_K: [0, 2], Q.Q5_K: [0, 2], Q.Q6_K: [208]}
    for q, places in halves.items():
        elements, size = GGML_QUANT_SIZES[q]
        blocks = rng.integers(0, 256, (6, size), dtype=np.uint8)
        for place in places:
            blocks[:, place:place + 2] = rng.normal(size=(6, 1)).astype(np.float16).view(np.uint8)
        data = blocks.reshape(3, 2 * size)
        writer.add_tensor(q.name, data, raw_dtype=q)
        expected[q.name] = torch.from_numpy(dequantize(data, q).astype(np.float32).reshape(3, 2 * elements))
    plain = rng.normal(size=(3, 8)).astype(np.float32)
    writer.add_tensor("F32", plain)
    writer.add_tensor("F16", plain.astype(np.float16))
    brain = torch.from_numpy(plain).bfloat16()
    writer.add_tensor("BF16", brain.view(torch.int16).numpy().view(np.uint8), raw_dtype=Q.BF16)
    expected |= {"F32": torch.from_numpy(plain), "F16": torch.from_numpy(plain).half().float(), "BF16": brain.float()}
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, os.path.join(HERE, "blocks-expected.safetensors"))


GGUF_NAMES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
              "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
              "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
              "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm"}


def gguf_model(name, checkpoint, arch, kind):
    """As llama.cpp's converter lays a model out: rows of q and k permuted for arch llama, norms and biases in float32."""
    from gguf import GGUFWriter, GGMLQuantizationType as Q
    from gguf.quants import quantize, dequantize
    c = config(checkpoint)
    heads, kv = c["num_attention_heads"], c["num_key_value_heads"]
    writer = GGUFWriter(os.path.join(HERE, name + ".gguf"), arch)
    writer.add_block_count(c["num_hidden_layers"])
    writer.add_context_length(c["max_position_embeddings"])
    writer.add_embedding_length(c["hidden_size"])
    writer.add_feed_forward_length(c["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    if c.get("head_dim"):
        writer.add_key_length(c["head_dim"])
        writer.add_value_length(c["head_dim"])
    writer.add_layer_norm_rms_eps(c["rms_norm_eps"])
    writer.add_rope_freq_base(c["rope_theta"])
    writer.add_vocab_size(c["vocab_size"])
    scaling = c.get("rope_scaling") or {}
    digests = {}

    def permuted(w, n):
        return w.reshape(n, 2, w.shape[0] // n // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)

    def restored(w, n):
        return w.reshape(n, w.shape[0] // n // 2, 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)

    for key, tensor in stored(checkpoint).items():
        w = tensor.float().numpy()
        layer, part = None, key
        if key.startswith("model.layers."):
            _, _, layer, part = key.split(".", 3)
        module, leaf = part.rsplit(".", 1)
        short = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}.get(module) or GGUF_NAMES[module]
        n = {"attn_q": heads, "attn_k": kv}.get(short) if arch == "llama" else None
        data = permuted(w, n) if n else w
        quantized = kind if data.ndim == 2 and data.shape[1] % 32 == 0 else Q.F32
        raw = quantize(np.ascontiguousarray(data), quantized)
        back = dequantize(raw, quantized).astype(np.float32).reshape(data.shape)
        writer.add_tensor(("" if layer is None else f"blk.{layer}.") + short + "." + leaf, raw, raw_dtype=quantized)
        back = np.ascontiguousarray(restored(back, n) if n else back)
        digests[key] = hashlib.sha256(back.tobytes()).hexdigest()
    if scaling.get("rope_type") == "llama3":
        dim = c.get("head_dim") or c["hidden_size"] // heads
        freqs = 1.0 / (c["rope_theta"] ** (np.arange(0, dim, 2, dtype=np.float32) / dim))
        factors = []
        low = scaling["original_max_position_embeddings"] / scaling["low_freq_factor"]
        high = scaling["original_max_position_embeddings"] / scaling["high_freq_factor"]
        for f in freqs:
            wavelength = 2 * np.pi / f
            if wavelength < high:
                factors.append(1.0)
            elif wavelength > low:
                factors.append(scaling["factor"])
            else:
                smooth = (scaling["original_max_position_embeddings"] / wavelength - scaling["low_freq_factor"]) / (
                    scaling["high_freq_factor"] - scaling["low_freq_factor"])
                factors.append(1 / ((1 - smooth) / scaling["factor"] + smooth))
        writer.add_tensor("rope_freqs.weight", np.array(factors, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    json.dump(digests, open(os.path.join(HERE, name + ".sha256.json"), "w"), indent=1, sort_keys=True)


def ggufs():
    from gguf import GGMLQuantizationType as Q
    gguf_model("llama-q8_0", "tiny-llama", "llama", Q.Q8_0)
    gguf_model("qwen2-q4_1", "tiny-qwen2", "qwen2", Q.Q4_1)
    gguf_model("qwen3-q4_0", "tiny-qwen3", "qwen3", Q.Q4_0)
    gguf_model("llama3-f16", "tiny-llama3", "llama", Q.F16)


# ---- tokenizers in GGUF metadata

SAMPLE = "The 3 whales weren't 12345 metres long; it's so.\n\n  Two  spaces\tand a tab, na\u00efve cafe\u0301, \u65e5\u672c\u8a9e \U0001f40b.\r\nEnd "
LEVEL = {
    "smollm": None,
    "gpt-2": None,
    "llama-bpe": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


def tokenizers():
    """Small tokenizers trained on the demo's documents, and what the libraries that trained them make of SAMPLE."""
    import glob, tempfile
    import sentencepiece
    from gguf import GGUFWriter
    from tokenizers import Regex, Tokenizer, models as kinds, normalizers, pre_tokenizers, trainers
    texts = sorted(glob.glob(os.path.join(HERE, "../../../../../../experiments/samples/demo/documents/*.txt")))[:3]
    ids = {}

    def write(name, fill):
        writer = GGUFWriter(os.path.join(HERE, name + ".gguf"), "llama")
        fill(writer)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    for pre, expression in LEVEL.items():
        steps = [pre_tokenizers.Digits(individual_digits=True)] if pre == "smollm" else []
        if expression:
            steps += [pre_tokenizers.Split(Regex(expression), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        else:
            steps += [pre_tokenizers.ByteLevel(add_prefix_space=False)]
        tokenizer = Tokenizer(kinds.BPE(ignore_merges=pre == "llama-bpe"))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
        if pre == "qwen2":
            tokenizer.normalizer = normalizers.NFC()
        tokenizer.train(texts, trainers.BpeTrainer(vocab_size=400, special_tokens=["<|end|>"], show_progress=False,
                                                   initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
        saved = json.loads(tokenizer.to_str())["model"]
        tokens = sorted(saved["vocab"], key=saved["vocab"].get)
        merges = [m if isinstance(m, str) else " ".join(m) for m in saved["merges"]]

        def fill(writer):
            writer.add_tokenizer_model("gpt2")
            writer.add_tokenizer_pre(pre)
            writer.add_token_list(tokens)
            writer.add_token_types([3] + [1] * (len(tokens) - 1))
            writer.add_token_merges(merges)
            writer.add_bos_token_id(0)
        write("tokenizer-" + pre, fill)
        ids[pre] = tokenizer.encode(SAMPLE + "<|end|>" + SAMPLE).ids
    with tempfile.TemporaryDirectory() as folder:
        sentencepiece.SentencePieceTrainer.train(
            input=texts, model_prefix=os.path.join(folder, "m"), model_type="bpe", vocab_size=520, byte_fallback=True,
            normalization_rule_name="identity", remove_extra_whitespaces=False, character_coverage=0.995, minloglevel=2)
        pieces = sentencepiece.SentencePieceProcessor(model_file=os.path.join(folder, "m.model"))

    def spm(writer):
        count = pieces.get_piece_size()
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_list([pieces.id_to_piece(i) for i in range(count)])
        writer.add_token_scores([pieces.get_score(i) for i in range(count)])
        writer.add_token_types([2 if pieces.is_unknown(i) else 3 if pieces.is_control(i) else 6 if pieces.is_byte(i) else 1 for i in range(count)])
        writer.add_bos_token_id(pieces.bos_id())
        writer.add_unk_token_id(pieces.unk_id())
    write("tokenizer-spm", spm)
    ids["spm"] = [pieces.bos_id()] + pieces.encode(SAMPLE)
    json.dump({"text": SAMPLE, "ids": ids}, open(os.path.join(HERE, "tokenizer-ids.json"), "w"))


if __name__ == "__main__":
    if sys.argv[1:] == ["tokenizers"]:
        tokenizers()
        sys.exit()
    layouts()
    models()
    gguf_blocks()
    ggufs()
    tokenizers()
