"""Losses of a model under vLLM, from the log-probabilities of its prompt.

python vllm_reader.py DIR tokens.json [ours.json]
"""
import vllm
from losses import arguments, report

given = arguments(__doc__)
model = vllm.LLM(given.model, max_model_len=len(given.ids) + 1, enforce_eager=True)
sampling = vllm.SamplingParams(max_tokens=1, prompt_logprobs=0, temperature=0)
found = model.generate([{"prompt_token_ids": given.ids}], sampling)[0].prompt_logprobs
nll = [-found[i][given.ids[i]].logprob for i in range(1, len(given.ids))]
report(given, nll, vllm=vllm.__version__)
