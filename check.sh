#!/usr/bin/env bash
# Every test on a bare Debian 12, one command. --deep adds the long ones. The last line counts: 'N passed, N failed, N skipped'.
#
#   ./check.sh [--deep] [PART...]      PART: one of the names below; none: all
set -u -o pipefail
cd "$(dirname "$0")" || exit 2

deep=no
parts=()
for argument in "$@"; do
  case $argument in
    --deep) deep=yes ;;
    --help | -h) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "check.sh: $argument: unknown option (--deep, --help)" >&2; exit 2 ;;
    *) parts+=("$argument") ;;
  esac
done

top=$PWD
build=${AISLE_CHECK_BUILD:-$top/build-check}
logs=$build/check-logs
mkdir -p "$logs"
export AIS_LAB_BUILD=$build
passed=0 failed=0 skipped=0

# Fresh seeds come from the commit, so that every commit tries others and the same commit the same.
commit=$(git rev-parse --short=7 HEAD 2>/dev/null || echo 0000001)
first_seed=$(( 0x$commit * 10000 + 1 ))

want() { # PART: is it asked for?
  [ ${#parts[@]} -eq 0 ] && return 0
  local part
  for part in "${parts[@]}"; do [ "$part" = "$1" ] && return 0; done
  return 1
}

# run PART COMMAND...: runs it, adds up the 'N passed, N failed, N skipped' lines that it prints; without any, the exit status is one test.
run() {
  local part=$1 log=$logs/$1.log started=$SECONDS status counts p f s
  shift
  "$@" >"$log" 2>&1 </dev/null
  status=$?
  counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tr -d ',' \
    | awk '{p += $1; f += $3; s += $5} END {print p + 0, f + 0, s + 0}')
  read -r p f s <<<"$counts"
  if [ $((p + f + s)) -eq 0 ]; then
    case $status in 0) p=1 ;; 77) s=1 ;; *) f=1 ;; esac
  elif [ "$status" -ne 0 ] && [ "$status" -ne 77 ] && [ "$f" -eq 0 ]; then
    f=1
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  printf '%-22s %5d passed %4d failed %4d skipped %5d s\n' "$part" "$p" "$f" "$s" $((SECONDS - started))
  if [ "$f" -ne 0 ]; then
    echo "--- $part: the end of $log"
    tail -n 60 "$log"
    echo "---"
  fi
  return "$status"
}

finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
  exit
}

install_packages() {
  local packages="gcc make autoconf automake libtool pkg-config libqb-dev libcunit1-dev clang libclang-rt-14-dev python3 ieee-data
    nftables iproute2 util-linux procps binutils git xz-utils libxml2-utils groff-base"
  local missing=() package sudo=
  for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

build_tree() {
  { [ -f configure ] || autoreconf -fi; } && cd "$build" && { [ -f Makefile ] || "$top/configure" --enable-werror; } && make -j"$(nproc)" && make -j"$(nproc)" check TESTS=
}

unit_tests() { # automake keeps each program's output in a .log of its own
  local status
  cd "$build" || return 1
  find . -name '*.trs' -delete
  make -k check
  status=$?
  find . -name '*.trs' | sort | while read -r result; do
    echo "== ${result%.trs}"
    cat "${result%.trs}.log"
  done
  return $status
}

world() { # NAME: every regression seed of the world, then fresh ones
  local name=$1 count=$2 seeds=$top/conformance/sim/seeds/$1.txt seed bad=0 good=0
  if [ -f "$seeds" ]; then
    while read -r seed _; do
      case $seed in '' | '#'*) continue ;; esac
      if "$build/ais-sim" --world "$name" --seeds "$seed-$seed"; then good=$((good + 1)); else bad=$((bad + 1)); fi
    done <"$seeds"
  fi
  echo "world $name: fresh seeds $first_seed-$((first_seed + count - 1))"
  if "$build/ais-sim" --world "$name" --seeds "$first_seed-$((first_seed + count - 1))"; then good=$((good + 1)); else bad=$((bad + 1)); fi
  echo "$good passed, $bad failed, 0 skipped"
  [ "$bad" -eq 0 ]
}

fuzz() { # SECONDS: each libFuzzer target for so long
  local seconds=$1 target good=0 bad=0
  mkdir -p "$build/fuzz" && cd "$build/fuzz" || return 1
  [ -f Makefile ] || "$top/configure" CC=clang --enable-fuzzing --disable-shared --enable-static >/dev/null || return 1
  make -j"$(nproc)" fuzz-targets || return 1
  for target in $(make -s list-fuzz-targets); do
    echo "== $target"
    if "./$target" -max_total_time="$seconds" -rss_limit_mb=2048 -print_final_stats=1; then good=$((good + 1)); else bad=$((bad + 1)); fi
  done
  echo "$good passed, $bad failed, 0 skipped"
  [ "$bad" -eq 0 ]
}

readme_program() { # the program that README prints is compiled as printed, and runs
  "$top/conformance/readme.sh" "$top/README.md" "$build"
}

sanitizers() {
  mkdir -p "$build/sanitizers" && cd "$build/sanitizers" || return 1
  [ -f Makefile ] || "$top/configure" --enable-werror --enable-sanitizers >/dev/null || return 1
  make -j"$(nproc)" && make -k check
}

distcheck() {
  cd "$build" && make distcheck
}

want packages && { run packages install_packages || finish; }
if want build || [ ! -x "$build/core/daemon/aisexec" ]; then run build build_tree || finish; fi
want unit && run unit unit_tests
seeds=1000
[ $deep = yes ] && seeds=10000
for name in totem engine clm ckpt lck; do
  want "world-$name" && run "world-$name" world "$name" "$seeds"
done
want stories && run stories make -C "$build" -s check-stories
want conformance && run conformance "$top/conformance/run-local.sh" --strict
want conformance-lab && AISLE_BUILD=$build run conformance-lab "$top/conformance/run-lab.sh" --strict $([ $deep = yes ] && echo --deep)
want readme && run readme readme_program
want live && LIVE_DEEP=$deep run live "$top/conformance/live/live.sh"
want singleton && run singleton "$top/examples/singleton/demo.sh"
want tools && run tools "$top/core/tools/tests/ais-ckpt.sh"
want tools-tmr && run tools-tmr "$top/core/tools/tests/ais-tmr.sh"
want history && run history "$top/conformance/history/history-live.sh" --seed "$first_seed" --seconds "$([ $deep = yes ] && echo 600 || echo 40)"
want history-placed && run history-placed "$top/conformance/history/history-live.sh" --seed "$first_seed" --replicas 2 --seconds "$([ $deep = yes ] && echo 300 || echo 30)"
want fuzz && run fuzz fuzz "$([ $deep = yes ] && echo 120 || echo 10)"
want demo && run demo "$top/try.sh"
if [ $deep = yes ]; then
  want clock && AISLE_BUILD=$build run clock "$top/conformance/run-clock.sh" --strict
  want mutants && run mutants make -C "$build" -s mutants
  want sanitizers && run sanitizers sanitizers
  want distcheck && run distcheck distcheck
  want demo-hard && run demo-hard "$top/try.sh" --hard
fi
finish
