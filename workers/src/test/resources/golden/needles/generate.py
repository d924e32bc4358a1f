"""Losses of an answer, its likeliest tokens and a greedy continuation of two tiny models, by transformers alone.

python generate.py GOLDEN_FOLDER > scores.json
made with torch 2.7.1 and transformers 5.24. The answer is the model's own greedy continuation with two of its tokens replaced,
so that some tokens are the likeliest and some are not. nearest: smallest distance between the two largest logits of any step.
"""
import json
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM

golden = sys.argv[1]
CASES = [
    ("tiny-llama-trained", "trained_eval_short.json", 90, None, "none"),
    ("tiny-llama-trained", "trained_eval_long.json", 333,
     {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256}, "yarn:factor=4"),
    ("tiny-qwen3", "tokens_a.json", 120, None, "none"),
    ("tiny-qwen3", "tokens_a.json", 120, {"rope_type": "linear", "factor": 2.0}, "linear:factor=2"),
]
cases = []
for name, file, length, rope, spec in CASES:
    tokens = json.load(open(f"{golden}/tokens/{file}"))["tokens"][:length]
    config = AutoConfig.from_pretrained(f"{golden}/checkpoints/{name}")
    if rope:
        config.rope_parameters = {"rope_theta": config.rope_parameters["rope_theta"], **rope}
    model = AutoModelForCausalLM.from_pretrained(f"{golden}/checkpoints/{name}", config=config, dtype=torch.float32).eval()
    gaps = []

    def step(ids):
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0].double()
        top = logits[-1].topk(2).values
        gaps.append(float(top[0] - top[1]))
        return logits

    said = list(tokens)
    for _ in range(10):
        said.append(int(step(said)[-1].argmax()))
    greedy = said[length:]
    answer = list(greedy)
    answer[3] = (answer[3] + 1) % config.vocab_size
    answer[7] = (answer[7] + 5) % config.vocab_size
    logits = step(tokens + answer)[length - 1:-1]
    top = logits.topk(2, -1).values
    gaps.append(float((top[:, 0] - top[:, 1]).min()))
    cases.append({
        "model": name, "tokens_file": f"tokens/{file}", "context_tokens": length, "rope": spec,
        "greedy": greedy, "answer": answer,
        "nll": torch.nn.functional.cross_entropy(logits, torch.tensor(answer), reduction="none").tolist(),
        "likeliest": logits.argmax(-1).tolist(),
        "nearest": min(gaps),
    })
print(json.dumps({"cases": cases}, indent=1))
