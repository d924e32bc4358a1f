#!/bin/sh
# Experiments one after another on a shared box, by task-spooler:  sh spool.sh EXPERIMENT.yaml...
# One that is stopped (exit code 3: a signal, a full disk) is put at the end of the queue again; `tsp` shows the queue.
set -u
here=$(cd "$(dirname "$0")" && pwd)

queue() {
  "${TSP:-tsp}" -L "$(basename "$1" .yaml)" sh "$here/spool.sh" --run "$1"
}

if [ "${1:-}" = --run ]; then
  code=0
  nice -n 10 "${QROAR:-qroar}" run "$2" --device auto --no-progress || code=$?
  if [ "$code" -eq 3 ]; then queue "$2"; fi
  exit "$code"
fi
for experiment in "$@"; do queue "$experiment"; done
