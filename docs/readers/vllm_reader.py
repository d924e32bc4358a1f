"""Losses of a model under vLLM, from the log-probabilities of its prompt.

python vllm_reader.py DIR tokens.json [ours.json] [--dtype float32] [--memory 0.5]

--memory is the share of the card's memory that vLLM takes, of the machine's where it runs on a processor. There packed integers
compute in bfloat16 only.
"""
import vllm
from losses import arguments, report

# vLLM starts processes, each of which reads this file again.
if __name__ == "__main__":
    def more(parser):
        parser.add_argument("--dtype", default="auto")
        parser.add_argument("--memory", type=float, default=0.5)

    given = arguments(__doc__, more)
    most = len(given.ids) + 1
    model = vllm.LLM(given.model, dtype=given.dtype, max_model_len=most, gpu_memory_utilization=given.memory, enforce_eager=True)
    sampling = vllm.SamplingParams(max_tokens=1, prompt_logprobs=0, temperature=0)
    found = model.generate([{"prompt_token_ids": given.ids}], sampling)[0].prompt_logprobs
    nll = [-found[i][given.ids[i]].logprob for i in range(1, len(given.ids))]
    report(given, nll, vllm=vllm.__version__)
