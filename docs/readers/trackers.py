"""Reads what `qroar report RUN --tensorboard DIR --mlflow DIR` wrote with TensorBoard's and MLflow's own readers and compares
it with result.json. Ends with 1 where a number differs (TensorBoard keeps float32).

    pip install tensorboard mlflow-skinny
    python docs/readers/trackers.py RUN/result.json TENSORBOARD_DIR MLFLOW_DIR
"""
import json
import math
import os
import pathlib
import sys

os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
import mlflow  # noqa: E402
import tensorboard  # noqa: E402
from mlflow.tracking import MlflowClient  # noqa: E402
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402

VARIANTS = {"quantized": "baseline", "quantized-scaled": "tuned", "unquantized": "unquantized", "control": "control"}


def expected(study):
    """Series by tag: (step, value) in order."""
    series = {}

    def add(tag, step, value):
        if value is not None:
            series.setdefault(tag, []).append((step, value))

    for row in study["lengths"]:
        for word, key in VARIANTS.items():
            add("held-out/perplexity/" + word, row["lengthTokens"], row[key])
    for row in study["heldOut"]["positions"]:
        for word, key in VARIANTS.items():
            add("held-out/loss-by-position/" + word, row["toPosition"], row[key])
    for band, row in enumerate(study["bands"]):
        add("bands/scale", band, row["scale"])
    for candidate in sorted((c for c in study["candidates"] if c["trial"]), key=lambda c: c["trial"]):
        add("search/candidate/gain", candidate["trial"], candidate["gainNats"])
    return series


def same(found, wanted, tolerance):
    return [s for s, _ in found] == [s for s, _ in wanted] and all(
        math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance) for (_, a), (_, b) in zip(found, wanted))


def main(result_file, board, store):
    result = json.loads(pathlib.Path(result_file).read_text())
    name = result["run"]["name"] + "-" + result["run"]["fingerprint"][:12]
    print("tensorboard", tensorboard.__version__, "mlflow", mlflow.__version__)
    client = MlflowClient(tracking_uri=pathlib.Path(store).resolve().as_uri())
    experiment = client.get_experiment_by_name(name)
    tracked = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    wrong = compared = 0
    for study in result["studies"]:
        events = EventAccumulator(str(pathlib.Path(board, name, study["id"])))
        events.Reload()
        run = tracked[study["id"]]
        for tag, wanted in expected(study).items():
            scalars = [(e.step, e.value) for e in events.Scalars(tag)]
            history = [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, tag)]
            for reader, ok in (("tensorboard", same(scalars, wanted, 1e-6)), ("mlflow", same(sorted(history), sorted(wanted), 0))):
                compared += len(wanted)
                if not ok:
                    wrong += 1
                    print("differs:", reader, study["id"], tag)
        if run.data.params["quantizer"] != study["settings"]["quantizer"]:
            wrong += 1
            print("differs: parameters of", study["id"])
    print(f"{compared} numbers compared, {wrong} series differ")
    return 1 if wrong or not compared else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
