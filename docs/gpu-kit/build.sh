#!/usr/bin/env bash
# Makes qroar-gpu-kit.tar.xz: all that a borrowed GPU machine lacks (x86-64 Linux with Python's torch and g++, no JDK, no
# network). About 45 MB; three minutes, most of them xz.
#   docs/gpu-kit/build.sh [OUT]      OUT: folder for the kit, default target/gpu-kit
# Needs a JDK of 17 or later with jlink, xz, zip, and DJL's sources of the version that the product uses: the folder or git
# directory that DJL_SOURCES names, else they are cloned from GitHub.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=$(cd "$here/../.." && pwd)
out=${1:-$home/target/gpu-kit}
kit=$out/qroar-gpu-kit
lib=$home/orchestrator/target/lib
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v jlink)")")")}

"$home/qroar" --version >/dev/null # builds what is stale
engine=$(basename "$lib"/pytorch-engine-*.jar .jar)
djl=${engine#pytorch-engine-}

rm -rf "$kit"
mkdir -p "$kit/lib" "$kit/native/include"

# --- a Java runtime without what nothing here needs; not compressed, for xz does it better over all files
"$java_home/bin/jlink" --output "$kit/runtime" --strip-debug --no-man-pages --no-header-files --compress 0 --add-modules \
  java.base,java.logging,java.naming,java.sql,java.xml,java.management,java.net.http,java.security.jgss,java.security.sasl,jdk.management,jdk.unsupported,jdk.httpserver,jdk.crypto.ec,jdk.zipfs

# --- the product's jars, each stored, without PyTorch and the libraries of other systems
foreign=('native/lib/linux-aarch64/*' 'native/lib/osx-*' 'native/lib/win-*' 'org/sqlite/native/FreeBSD/*'
  'org/sqlite/native/Linux-*' 'org/sqlite/native/Linux/a*' 'org/sqlite/native/Linux/ppc*' 'org/sqlite/native/Linux/riscv*'
  'org/sqlite/native/Linux/x86/*' 'org/sqlite/native/Mac/*' 'org/sqlite/native/Windows/*' 'com/sun/jna/[!l]*-*/*'
  'com/sun/jna/linux-[!x]*/*' 'com/sun/jna/linux-x86/*' 'META-INF/*.SF' 'META-INF/*.RSA' 'META-INF/*.DSA')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for jar in "$home/orchestrator/target/qroar-orchestrator.jar" "$lib"/*.jar; do
  name=$(basename "$jar")
  case $name in pytorch-native-* | pytorch-jni-*) continue ;; esac
  rm -rf "$work/jar"
  mkdir "$work/jar"
  (cd "$work/jar" && unzip -qo "$jar")
  # Signatures do not survive a new packing; the order of entries does not matter to anybody but Automatic-Module-Name.
  (cd "$work/jar" && zip -q -0 -r -X "$kit/lib/$name" . -x "${foreign[@]}")
done

# --- what is compiled there: DJL's binding, with headers for it and for JNI
sources=${DJL_SOURCES:-}
if [ -z "$sources" ]; then
  git clone -q --depth 1 --branch "v$djl" https://github.com/deepjavalibrary/djl "$work/djl"
  sources=$work/djl
fi
paths=(api/src/main/native engines/pytorch/pytorch-native/src/main/native engines/pytorch/pytorch-engine/src/main/java LICENSE)
mkdir "$work/src"
if git -C "$sources" rev-parse -q --verify "v$djl^{commit}" >/dev/null 2>&1; then
  git -C "$sources" archive "v$djl" "${paths[@]}" | tar -x -C "$work/src"
else
  (cd "$sources" && tar -c "${paths[@]}") | tar -x -C "$work/src"
fi
cp "$work/src"/engines/pytorch/pytorch-native/src/main/native/* "$kit/native/"
cp -r "$work/src/api/src/main/native/djl" "$kit/native/include/"
cp "$work/src/LICENSE" "$kit/native/DJL-LICENSE"
"$java_home/bin/javac" -nowarn -h "$kit/native/include" -d "$work/classes" -cp "$lib/*" \
  -sourcepath "$work/src/engines/pytorch/pytorch-engine/src/main/java" \
  "$work/src/engines/pytorch/pytorch-engine/src/main/java/ai/djl/pytorch/jni/PyTorchLibrary.java"
cp "$java_home/include/jni.h" "$java_home"/include/linux/jni_md.h "$kit/native/include/"

# --- the demo, the operations, the checks
mkdir -p "$kit/experiments"
cp -r "$home/experiments/samples" "$kit/experiments/"
cp "$here/place.py" "$here/streams.py" "$here/run.sh" "$kit/"
[ ! -f "$home/docs/forward-cost.py" ] || cp "$home/docs/forward-cost.py" "$kit/"
"$home/qroar" doctor --dump-ops "$kit/ops.pt"
printf '%s\n' "$djl" >"$kit/djl-version"
git -C "$home" log -1 --format='%h %cs' >"$kit/revision" 2>/dev/null || printf 'unknown\n' >"$kit/revision"

archive=$out/qroar-gpu-kit.tar.xz
tar -C "$out" --sort=name --owner=0 --group=0 -c qroar-gpu-kit | xz -T0 -6e >"$archive"
bytes=$(stat -c %s "$archive")
printf '%s: %s MB\n' "$archive" "$((bytes / 1000000))"
if [ "$bytes" -gt 60000000 ]; then
  printf 'larger than 60 MB\n' >&2
  exit 1
fi
