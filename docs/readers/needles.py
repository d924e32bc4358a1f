#!/usr/bin/env python3
"""Holds what `qroar needles --per-question FILE.json` wrote against transformers, on the same token ids.

    python3 needles.py MODEL FILE.json [CONFIG]

CONFIG is a JSON object that is laid over config.json's rope parameters, for instance
'{"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 8192}'. One forward in float32 over context and answer
gives the losses and the likeliest tokens; generation is greedy with transformers' own loop. Prints the largest difference of a
loss, and how many questions differ in the count of mismatches or in what was generated. Needs torch and transformers; where the
two largest logits of a step differ by less than 1e-3, either may be taken and the question is counted as a tie.
"""
import json
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer


def load(path, overlay):
    config = AutoConfig.from_pretrained(path)
    if overlay:
        theta = getattr(config, "rope_theta", None) or config.rope_parameters["rope_theta"]
        config.rope_parameters = {"rope_theta": theta, **overlay}
    model = AutoModelForCausalLM.from_pretrained(path, config=config, dtype=torch.float32, attn_implementation="sdpa")
    return model.eval()


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    path, file = sys.argv[1:3]
    model = load(path, json.loads(sys.argv[3]) if len(sys.argv) > 3 else None)
    tokenizer = AutoTokenizer.from_pretrained(path)
    worst, mismatches, said, ties = 0.0, 0, 0, 0
    questions = json.load(open(file))["questions"]
    with torch.no_grad():
        for q in questions:
            context, answer = q["context"], q["continuation"]
            ids = torch.tensor([context + answer])
            logits = model(ids, logits_to_keep=len(answer) + 1).logits[0, :-1].float()
            target = torch.tensor(answer)
            nll = torch.nn.functional.cross_entropy(logits, target, reduction="none")
            worst = max(worst, (nll - torch.tensor([float("nan") if x is None else x for x in q["nll"]])).abs().max().item())
            top = logits.topk(2, -1).values
            near = bool((top[:, 0] - top[:, 1]).min() < 1e-3)
            ties += near
            mismatches += int((logits.argmax(-1) != target).sum()) != q["mismatches"] and not near
            if q["generated"] is not None:
                whole = model.generate(torch.tensor([context]), do_sample=False, max_new_tokens=q["generatedTokens"],
                                       pad_token_id=0)[0, len(context):]
                text = tokenizer.decode(whole, skip_special_tokens=True)
                # qroar stops as soon as everything was said
                said += not text.startswith(q["generated"])
    print(f"{len(questions)} questions: largest difference of a loss {worst:.2e} nats, {mismatches} with other mismatches,"
          f" {said} with other text, {ties} with a tie")


if __name__ == "__main__":
    main()
