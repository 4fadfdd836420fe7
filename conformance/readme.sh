#!/usr/bin/env bash
# The C program that README.md prints: taken out as printed, compiled by the line that README.md prints against what this build installs,
# run against a one-node cluster. It is C++ too.
#   readme.sh README BUILD
set -u
readme=$1 build=$2
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
daemon=
trap '[ -n "$daemon" ] && kill "$daemon" 2>/dev/null; rm -rf "$work"' EXIT

awk '/^```c$/ {inside = 1; next} /^```$/ {inside = 0} inside' "$readme" >"$work/hello.c"
[ -s "$work/hello.c" ] || { echo "$readme prints no C program"; exit 1; }
lines=$(wc -l <"$work/hello.c")
cc -Wall -Wextra -Werror -I"$top/ais/common" -I"$top/ais/ckpt" -c "$work/hello.c" -o "$work/hello.o" || exit 1
if command -v c++ >/dev/null; then
	c++ -x c++ -Wall -Wextra -Werror -I"$top/ais/common" -I"$top/ais/ckpt" -fsyntax-only "$work/hello.c" || { echo "it is no C++"; exit 1; }
else
	echo "no c++ here: that it is C++ too is left out"
fi
make -s -C "$build" install DESTDIR="$work/root" >"$work/install" 2>&1 || { cat "$work/install"; exit 1; }
line=$(sed -n 's/^    \(cc hello\.c .*\)/\1/p' "$readme")
[ -n "$line" ] || { echo "$readme does not say how to compile the program"; exit 1; }
where=$(find "$work/root" -name libSaCkpt.pc)
(cd "$work" && PKG_CONFIG_PATH=${where%/*} PKG_CONFIG_SYSROOT_DIR=$work/root bash -c "$line") || { echo "this does not compile it: $line"; exit 1; }

export AISLE_INSTANCE=readme$$ AISLE_RUN_DIR=$work/run AISLE_STATE_DIR=$work/state AISLE_SOCKET=$work/ipc.sock
export AISLE_PLUGIN_DIR=$build/.libs LD_LIBRARY_PATH=$build/.libs
mkdir -p "$AISLE_RUN_DIR" "$AISLE_STATE_DIR"
mkfifo "$work/ready"
AISLE_READY_FD=9 "$build/core/daemon/aisexec" 9>"$work/ready" >"$work/log" 2>&1 &
daemon=$!
read -r -t 60 _ <"$work/ready" || { echo "the daemon did not say that it is ready"; cat "$work/log"; exit 1; }
said=$("$work/hello") || { echo "the program failed: $said"; cat "$work/log"; exit 1; }
echo "$lines lines; it said: $said"
[ "$said" = "hello, cluster" ]
