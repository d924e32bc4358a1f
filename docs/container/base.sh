#!/usr/bin/env bash
# Makes a base image for qroar's container out of this machine alone: a trimmed Java runtime, the C and C++ libraries that it and
# PyTorch are linked with, and a shell. Nothing is downloaded, no registry asked.
#   docs/container/base.sh [OUT.tar]      default target/base.tar, where `mvn -B -Pimage package` looks for it
# Needs Linux with glibc and a JDK of 17 or later with jlink. The same machine gives the same bytes.
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(readlink -m "${1:-$home/target/base.tar}")
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v jlink)")")")}
mkdir -p "$(dirname "$out")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{opt,etc,proc,dev,bin,usr/bin,usr/lib/locale,usr/share/doc} "$root"/{tmp,work,cache}
chmod 1777 "$root"/{tmp,work,cache}

"$java_home/bin/jlink" --output "$root/opt/java" --strip-debug --no-man-pages --no-header-files --compress 2 --add-modules \
  java.base,java.logging,java.naming,java.sql,java.xml,java.management,java.net.http,java.security.jgss,java.security.sasl,jdk.management,jdk.unsupported,jdk.httpserver,jdk.crypto.ec,jdk.zipfs,jdk.localedata --include-locales en

# Every library with the name by which it is asked for, where the loader looks without a cache of its own.
cp -L /bin/sh "$root/bin/sh"
libraries() {
  {
    find "$root/opt/java" -name '*.so' -exec ldd {} + 2>/dev/null
    ldd "$root/opt/java/bin/java" "$root/bin/sh"
    # PyTorch and the tokenizers have these besides; names of hosts are looked up by the last two.
    for each in libstdc++.so.6 libgcc_s.so.1 libm.so.6 librt.so.1 libdl.so.2 libpthread.so.0 libutil.so.1 libnss_dns.so.2 libresolv.so.2; do
      ldconfig -p | awk -v name="$each" '$1 == name { print "\t" name " => " $NF " (x)"; exit }'
    done
  } | awk '/=> \// { print $3 } /^[ \t]*\/.*ld-/ { print $1 }' | sort -u
}
for each in $(libraries); do
  case $each in "$root"/*) continue ;; esac
  mkdir -p "$root$(dirname "$each")"
  cp -L "$each" "$root$each"
done
for each in libc6 libstdc++6 libgcc-s1 zlib1g dash; do
  [ ! -r "/usr/share/doc/$each/copyright" ] || install -Dm644 "/usr/share/doc/$each/copyright" "$root/usr/share/doc/$each/copyright"
done
for each in /usr/lib/locale/C.utf8 /usr/lib/locale/C.UTF-8; do
  [ ! -d "$each" ] || cp -rL "$each" "$root/usr/lib/locale/"
done
printf 'root:x:0:0::/cache:/bin/sh\nqroar:x:1000:1000::/cache:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nqroar:x:1000:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

# --- one layer, told as `docker save` tells it
layer=$work/image/layer.tar
mkdir -p "$work/image"
normal=(--sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --format=gnu)
tar "${normal[@]}" -C "$root" -cf "$layer" .
case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) architecture=$(uname -m) ;;
esac
sum=$(sha256sum "$layer")
cat >"$work/image/config.json" <<J
{"architecture":"$architecture","os":"linux","created":"1970-01-01T00:00:00Z",
"config":{"Env":["PATH=/opt/java/bin:/usr/bin:/bin","JAVA_HOME=/opt/java","LC_ALL=C.UTF-8","HOME=/cache"],"WorkingDir":"/work"},
"rootfs":{"type":"layers","diff_ids":["sha256:${sum%% *}"]},
"history":[{"created":"1970-01-01T00:00:00Z","created_by":"docs/container/base.sh"}]}
J
printf '[{"Config":"config.json","RepoTags":["qroar-base:latest"],"Layers":["layer.tar"]}]\n' >"$work/image/manifest.json"
tar "${normal[@]}" -C "$work/image" -cf "$out" manifest.json config.json layer.tar
printf '%s: %s MB\n' "$out" "$(($(stat -c %s "$out") / 1000000))"
