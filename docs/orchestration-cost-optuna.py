#!/usr/bin/env python3
"""The loop of `qroar bench orchestration` on Optuna: ask, report each window, tell; nothing is computed or sampled.

usage: orchestration-cost-optuna.py journal|sqlite TRIALS REPORTS_PER_TRIAL SCALES [FOLDER]

With SCALES 8 a trial has that many parameters, as one of ours has scales, and each report is followed by the question
whether to stop, which is never so; with SCALES 0 neither, the least that Optuna can do.

Prints trials and reports per second and per cpu-second of this process, after the first eighth, and how long a second
study object on the same storage needs until it hands out a trial.
"""

import os
import sys
import tempfile
import time

import optuna
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend


def storage(kind, folder):
    if kind == "journal":
        return JournalStorage(JournalFileBackend(os.path.join(folder, "journal.log")))
    return RDBStorage("sqlite:///" + os.path.join(folder, "study.sqlite"))


def loop(study, trials, reports, scales):
    for _ in range(trials):
        trial = study.ask()
        for band in range(scales):
            trial.suggest_float(f"band-{band}", 0.8, 1.25, log=True)
        for step in range(reports):
            trial.report(80.0, step)
            if scales and trial.should_prune():
                raise RuntimeError("nothing is pruned here")
        study.tell(trial, 80.0)


def main():
    kind, (trials, reports, scales) = sys.argv[1], map(int, sys.argv[2:5])
    folder = tempfile.mkdtemp(dir=sys.argv[5] if len(sys.argv) > 5 else None)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        storage=storage(kind, folder),
        study_name="bench",
        sampler=optuna.samplers.RandomSampler(),
        pruner=optuna.pruners.NopPruner(),
    )
    warm = max(1, trials // 8)
    loop(study, warm, reports, scales)
    wall, cpu = time.perf_counter(), time.process_time()
    loop(study, trials - warm, reports, scales)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    measured = trials - warm
    print(f"optuna {optuna.__version__} {kind}: {measured} trials of {scales} scales and {reports} reports")
    print(f"trials/s {measured / wall:.1f}, trials per cpu-second {measured / cpu:.1f}")
    print(f"reports/s {measured * reports / wall:.1f}, reports per cpu-second {measured * reports / cpu:.1f}")
    begun = time.perf_counter()
    optuna.load_study(storage=storage(kind, folder), study_name="bench").ask()
    print(f"taken up again in {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
