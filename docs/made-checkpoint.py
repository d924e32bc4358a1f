#!/usr/bin/env python3
"""Writes a LLaMA checkpoint of a given shape in bfloat16, to look at memory and speed without a download:

    docs/made-checkpoint.py tinyllama-1.1b DIR      weights drawn from a normal distribution (a block of them, repeated)
    docs/made-checkpoint.py llama2-7b DIR --zeros   a file of holes: 13 GB that take no disk

Needs nothing but Python. Token ids to read: DIR/tokens.json."""
import argparse, array, json, os, random, struct

SHAPES = {  # hidden, intermediate, layers, heads, key-value heads, vocabulary
    "tiny": (64, 172, 5, 8, 4, 512),
    "tinyllama-1.1b": (2048, 5632, 22, 32, 4, 32000),
    "llama2-7b": (4096, 11008, 32, 32, 32, 32000),
    "llama2-13b": (5120, 13824, 40, 40, 40, 32000),
    "llama2-70b": (8192, 28672, 80, 64, 8, 32000),
}
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("shape", choices=SHAPES)
parser.add_argument("folder")
parser.add_argument("--zeros", action="store_true", help="holes instead of weights")
parser.add_argument("--tokens", type=int, default=8192, help="token ids in tokens.json (default 8192)")
args = parser.parse_args()
hidden, inner, layers, heads, kv, vocabulary = SHAPES[args.shape]
head = hidden // heads
os.makedirs(args.folder, exist_ok=True)
with open(os.path.join(args.folder, "config.json"), "w") as f:
    json.dump({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": hidden, "intermediate_size": inner,
               "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv, "vocab_size": vocabulary,
               "rms_norm_eps": 1e-5, "max_position_embeddings": 4096, "rope_theta": 10000.0, "tie_word_embeddings": False,
               "torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": 2}, f, indent=1)
draw = random.Random(7)
with open(os.path.join(args.folder, "tokens.json"), "w") as f:
    json.dump({"tokens": [draw.randrange(3, vocabulary) for _ in range(args.tokens)]}, f)

tensors = [("model.embed_tokens.weight", (vocabulary, hidden))]
for layer in range(layers):
    block = f"model.layers.{layer}."
    tensors += [(block + "self_attn.q_proj.weight", (heads * head, hidden)), (block + "self_attn.k_proj.weight", (kv * head, hidden)),
                (block + "self_attn.v_proj.weight", (kv * head, hidden)), (block + "self_attn.o_proj.weight", (hidden, heads * head)),
                (block + "mlp.gate_proj.weight", (inner, hidden)), (block + "mlp.up_proj.weight", (inner, hidden)),
                (block + "mlp.down_proj.weight", (hidden, inner)),
                (block + "input_layernorm.weight", (hidden,)), (block + "post_attention_layernorm.weight", (hidden,))]
tensors += [("model.norm.weight", (hidden,)), ("lm_head.weight", (vocabulary, hidden))]


def elements(shape):
    count = 1
    for dimension in shape:
        count *= dimension
    return count


def bfloat16(value):
    return struct.unpack("<I", struct.pack("<f", value))[0] >> 16


header, end = {}, 0
for name, shape in tensors:
    header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [end, end + 2 * elements(shape)]}
    end += 2 * elements(shape)
text = json.dumps(header).encode()
text += b" " * (-len(text) % 64)
drawn = array.array("H", [] if args.zeros else (bfloat16(draw.gauss(0, 0.02)) for _ in range((1 << 20) + 7))).tobytes()
ones = bfloat16(1.0).to_bytes(2, "little")
with open(os.path.join(args.folder, "model.safetensors"), "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text)
    if args.zeros:
        f.truncate(8 + len(text) + end)
    else:
        for _, shape in tensors:
            left = 2 * elements(shape)
            if len(shape) == 1:
                f.write(ones * elements(shape))
                continue
            while left:
                left -= f.write(drawn[:left])
print(f"{args.folder}: {end / 2 / 1e9:.2f} billion weights, {end / 1e9:.1f} GB")
