#!/usr/bin/env bash
# Kills workers (and the coordinator) of the demo at random moments and compares the result with that of one process left
# alone:  docs/soak.sh [KILLS] [RESTARTS] [-Dseed=N ...]
# Takes about five minutes for 100 kills on two cores. Fails when a number differs.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kills=${1:-100}
restarts=${2:-2}
shift $(($# > 2 ? 2 : $#))
cd "$home"
exec nice -n 10 mvn -B -q -Pquick -pl orchestrator -am test -Dtest=Soak -Dsurefire.failIfNoSpecifiedTests=false \
  -Dsoak.kills="$kills" -Dsoak.restarts="$restarts" "$@"
