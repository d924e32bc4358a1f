"""What the readers of this folder share: tokens in, differences of losses out."""
import argparse, json, math, os, sys


def arguments(what, more=lambda parser: None):
    """more: adds a reader's own options."""
    parser = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("tokens", help="JSON: token ids")
    parser.add_argument("ours", nargs="?", help="JSON of qroar eval --per-token")
    parser.add_argument("--tolerance", type=float, default=0.005, help="relative difference of the perplexities")
    more(parser)
    given = parser.parse_args()
    with open(given.tokens) as f:
        tokens = json.load(f)
    given.ids = tokens["tokens"] if isinstance(tokens, dict) else tokens
    return given


def report(given, nll, **versions):
    """nll: a loss in nats for each predicted token, in order."""
    print(" ".join(f"{name} {version}" for name, version in versions.items()))
    theirs = math.exp(sum(nll) / len(nll))
    print(f"tokens {len(nll)} perplexity {theirs:.6f}")
    if given.ours is None:
        return
    with open(given.ours) as f:
        # A loss that is no number is null: JSON has no word for it.
        ours = [math.nan if loss is None else loss for loss in json.load(f)["nll"]]
    if len(ours) != len(nll):
        sys.exit(f"{len(ours)} losses of qroar, {len(nll)} here")
    mine = math.exp(sum(ours) / len(ours))
    differences = [abs(a - b) for a, b in zip(ours, nll)]
    print(f"qroar {mine:.6f} relative difference {abs(theirs / mine - 1):.2e}"
          f" largest of a token {max(differences):.2e} mean {sum(differences) / len(differences):.2e} nats")
    sys.stdout.flush()
    # Some of these libraries leave threads behind that never end.
    os._exit(0 if abs(theirs / mine - 1) <= given.tolerance else 1)
