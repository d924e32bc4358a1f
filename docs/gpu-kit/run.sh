#!/usr/bin/env bash
# Runs on the borrowed machine, from the unpacked kit: makes DJL's binding for the PyTorch that is there, then everything that
# is worth knowing, one part after the other; a part that fails does not keep the next from running.
#   tar xf qroar-gpu-kit.tar.xz && qroar-gpu-kit/run.sh [FIGURES]     FIGURES: the file that is left, default figures.txt
# PYTHON: a Python with torch, default python3. DEVICE: default gpu:0 where torch has CUDA, else cpu. PARTS: a list of
# place, doctor, forward, eval, run, streams; default all.
set -uo pipefail

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
figures=$(readlink -m "${1:-figures.txt}")
python=${PYTHON:-python3}
parts=${PARTS:-place doctor forward eval run streams}
cd "$kit" || exit 1
mkdir -p "$(dirname "$figures")" cache tmp
: >"$figures"

say() { printf '\n======== %s\n' "$*" | tee -a "$figures"; }

# name, limit in seconds, command: output into the figures, seconds and exit code behind it
part() {
  local name=$1 limit=$2 begun=$SECONDS code
  shift 2
  say "$name: ${*/#$kit\//}"
  timeout "$limit" "$@" 2>&1 | tail -c 200000 | tee -a "$figures"
  code=${PIPESTATUS[0]}
  printf -- '-------- %s: exit %s after %s s\n' "$name" "$code" "$((SECONDS - begun))" | tee -a "$figures"
  return "$code"
}

wants() { case " $parts " in *" $1 "*) ;; *) return 1 ;; esac }

# --- what is here
read -r torch_version torch_flavor torch_lib cuda < <("$python" - <<'P'
import os, torch
version = torch.__version__.split("+")[0]
cuda = torch.version.cuda
# Without a driver the flavor of processors loads the same library.
flavor = "cu" + cuda.replace(".", "") if cuda and torch.cuda.is_available() else "cpu"
print(version, flavor, os.path.join(os.path.dirname(torch.__file__), "lib"), torch.cuda.is_available())
P
) || { say 'no Python with torch; set PYTHON'; exit 4; }
device=${DEVICE:-$([ "$cuda" = True ] && echo gpu:0 || echo cpu)}
say "qroar $(cat revision), torch $torch_version ($torch_flavor), device $device"
{
  uname -srm
  grep -m 1 'model name' /proc/cpuinfo
  nproc
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv 2>&1 | head -5
} | tee -a "$figures"

# --- DJL's binding for this torch
djl=$(cat djl-version)
jni=$kit/cache/pytorch/$torch_version-$torch_flavor-linux-x86_64/$djl-libdjl_torch.so
build_binding() {
  local define=() include libraries cudart
  mkdir -p "$(dirname "$jni")"
  mapfile -t include < <("$python" -c 'from torch.utils.cpp_extension import include_paths; print("\n".join(include_paths()))')
  include=("${include[@]/#/-I}" -I"$kit/native" -I"$kit/native/include")
  libraries=(-ltorch -ltorch_cpu -lc10)
  if [ "$torch_flavor" != cpu ]; then
    libraries+=(-Wl,--no-as-needed -ltorch_cuda -lc10_cuda -Wl,--as-needed)
    # Only giving memory back needs CUDA's headers.
    for cudart in "${CUDA_HOME:-/usr/local/cuda}/include" "$torch_lib"/../../nvidia/cu[0-9]*/include \
      "$torch_lib"/../../nvidia/cuda_runtime/include; do
      if [ -f "$cudart/cuda_runtime_api.h" ]; then
        define=(-DUSE_CUDA)
        include+=(-I"$cudart")
        break
      fi
    done
  fi
  # All files as one: PyTorch's headers are most of the work. Nothing in there is hot.
  for each in native/*.cc; do printf '#include "%s"\n' "$kit/$each"; done >tmp/binding.cc
  local abi
  abi=$("$python" -c 'import torch; print(int(torch._C._GLIBCXX_USE_CXX11_ABI))')
  compile() {
    g++ -std=c++17 -O0 -fPIC -w -shared -D_GLIBCXX_USE_CXX11_ABI="$abi" "$@" "${include[@]}" tmp/binding.cc -o "$jni.part" \
      -L"$torch_lib" "${libraries[@]}" -Wl,--allow-shlib-undefined
  }
  compile "${define[@]}" || { [ ${#define[@]} -gt 0 ] && compile; } || return 1
  mv "$jni.part" "$jni"
}
if [ ! -s "$jni" ]; then
  begun=$SECONDS
  build_binding 2>&1 | tail -40 | tee -a "$figures"
  [ -s "$jni" ] || { say 'the binding does not compile'; exit 4; }
  say "binding compiled in $((SECONDS - begun)) s"
fi

export PYTORCH_LIBRARY_PATH=$torch_lib PYTORCH_VERSION=$torch_version PYTORCH_FLAVOR=$torch_flavor
export DJL_CACHE_DIR=$kit/cache ENGINE_CACHE_DIR=$kit/cache QROAR_CACHE_DIR=$kit/cache RUST_FLAVOR=cpu OMP_WAIT_POLICY=PASSIVE
export LC_ALL=C.UTF-8 TMPDIR=$kit/tmp
if [ -z "${TORCH_ALLOW_TF32_CUBLAS_OVERRIDE:-}" ]; then export NVIDIA_TF32_OVERRIDE=${NVIDIA_TF32_OVERRIDE:-0}; fi

qroar() {
  "$kit/runtime/bin/java" -Dai.djl.offline=true -DRUST_FLAVOR=cpu -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dfile.encoding=UTF-8 -Djava.io.tmpdir="$kit/tmp" -cp "$kit/lib/*" qroar.orchestrator.cli.Main "$@"
}
# `timeout` runs programs, not functions.
printf '#!/usr/bin/env bash\n%s\nkit=%q\nqroar "$@"\n' "$(declare -f qroar)" "$kit" >"$kit/qroar"
chmod +x "$kit/qroar"

if wants doctor; then
  part doctor 600 "$kit/qroar" doctor --device "$device"
  part doctor-json 600 "$kit/qroar" doctor --device "$device" --json
fi
if wants place; then part place 900 "$python" place.py ops.pt; fi
if wants forward; then
  if "$kit/qroar" bench forward --help >/dev/null 2>&1; then
    if [ "$device" = cpu ]; then
      options=(--shape smollm2-135m --length 1024 --passes 1)
    else
      options=(--shape llama-2-7b --length 4096,32768,65536 --precision bfloat16,float16 --order document,layer)
    fi
    part forward 900 "$kit/qroar" bench forward --device "$device" "${options[@]}"
    if [ -f forward-cost.py ]; then
      if [ "$device" = cpu ]; then
        options=(--shape smollm2-135m --length 1024 --passes 1)
      else
        options=(--shape llama-2-7b --length 4096,32768 --precision bfloat16 --device "cuda:${device#gpu:}")
      fi
      part forward-cost 900 "$python" forward-cost.py --qroar "$kit/qroar" "${options[@]}"
    fi
  else
    say 'forward: this qroar has no bench forward'
  fi
fi
demo=$kit/experiments/samples/demo
if wants eval; then
  for precision in float32 bfloat16; do
    for where in $(printf '%s\n' cpu "$device" | sort -u); do
      part "eval-$precision-$where" 300 "$kit/qroar" eval --model "$demo/model" --docs "$demo"/documents/held-out-*.txt \
        --rope yarn:factor=4 --length 256,1024 --precision "$precision" --device "$where" --json
    done
  done
fi
if wants run; then
  rm -rf "$kit/runs"
  part run 900 "$kit/qroar" run "$kit/experiments/samples/demo.yaml" --runs "$kit/runs" --workers "${WORKERS:-2}" --devices "$device" --no-progress
fi
if wants streams; then
  if [ "$device" = cpu ]; then
    options=(--shape tiny --tokens 100,700 --chunk 256 --device cpu)
  else
    options=(--shape llama-2-7b --device "cuda:${device#gpu:}")
  fi
  part streams 600 "$python" streams.py ops.pt "${options[@]}"
  # The same losses three times: resident weights, and streamed ones with the copy stream and without.
  documents=("$demo"/documents/held-out-*.txt)
  evaluate=("$kit/qroar" eval --model "$demo/model" --docs "${documents[@]}" --rope yarn:factor=4 --length 256,1024 --device "$device" --json)
  part eval-widened 300 "${evaluate[@]}" --placement widened
  for setting in on off; do
    part "eval-mapped-copy-stream-$setting" 300 env QROAR_COPY_STREAM="$setting" "${evaluate[@]}" --placement mapped --order layer
  done
fi
say "everything stands in $figures"
