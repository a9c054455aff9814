#!/usr/bin/env bash
# Checks and measures Javelin on a machine with a GPU, from an archive of the distribution: devices, the conformance suites,
# compute-sanitizer on a sample, training, a long run's memory, benchmarks, and the same work in PyTorch where python3 has it.
# A short table comes last; the whole output of each step is in a file of its own.
#   mvn -Pdist package
#   tools/gpu-check.sh dist/target/javelin-*-small.tar.xz --data DIR
set -uo pipefail

usage() {
  cat <<END
usage: tools/gpu-check.sh ARCHIVE [options]
  --data DIR       the directory with fashion-mnist (default: what javelin train finds)
  --devices LIST   the devices to check (default: cuda,opencl)
  --only LIST      some of the steps: devices,verify,sanitizer,train,soak,bench,torch
  --seconds S      how long each benchmark row runs (default: 1)
  --quick          fewer tests, one epoch: to try the script itself
  --out DIR        where the outputs go (default: ./gpu-check)
END
}

fail() {
  printf 'gpu-check: %s\n' "$1" >&2
  exit 2
}

archive= data= devices=cuda,opencl only=devices,verify,sanitizer,train,soak,bench,torch seconds=1 quick= out=gpu-check
while [ $# -gt 0 ]; do
  case $1 in
    --data | --devices | --only | --seconds | --out)
      [ $# -ge 2 ] || fail "$1 needs a value"
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    --quick) quick=1 ;;
    --help)
      usage
      exit
      ;;
    -*) fail "unknown option $1; --help lists them" ;;
    *) archive=$1 ;;
  esac
  shift
done
[ -f "$archive" ] || fail "expected the archive that 'mvn -Pdist package' makes, got '$archive'"
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tar xJf "$archive" -C "$out" || fail "cannot unpack $archive"
javelin=$(ls -d "$out"/javelin-*/bin/javelin | tail -n 1)
[ -z "$data" ] || data=$(cd "$data" && pwd)
train=(train fashion-mnist ${data:+--data "$data"})
: >"$out/summary"

# Runs a step with a time limit: its name, the limit in seconds, what of its output to show in the table, the command.
step() {
  local name=$1 limit=$2 shown=$3 began=$SECONDS status
  shift 3
  printf '== %s: %s\n' "$name" "$*" >&2
  (cd "$out" && timeout "$limit" "$@") >"$out/$name.log" 2>&1
  status=$?
  [ $status -ne 124 ] || printf 'stopped after %s s\n' "$limit" >>"$out/$name.log"
  printf '%-28s %-7s %5d s  %s\n' "$name" "$([ $status -eq 0 ] && echo ok || echo "FAILED")" $((SECONDS - began)) \
    "$(grep -E "$shown" "$out/$name.log" | tail -n 1 | cut -c 1-90)" | tee -a "$out/summary" >&2
}

wanted() { case ,$only, in *,$1,*) true ;; *) false ;; esac; }

# The memory that the driver says is in use, every other second, while a command runs.
watched() {
  local pid status
  "$@" &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits 2>/dev/null | head -n 1
    sleep 2
  done >"$out/soak.mib"
  wait "$pid"
  status=$?
  # Without the start, in which the pool grows.
  awk 'NR > 10 { if (!n++ || $1 < low) low = $1; if ($1 > high) high = $1 }
    END { if (n) printf "memory in use: %d to %d MiB in %d readings\n", low, high, n; else print "memory in use: no readings" }' "$out/soak.mib"
  return $status
}
export -f watched
export out

epochs=5 rows=(--suite 'ops,train,infer' --large)
[ -z "$quick" ] || epochs=1 rows=(--filter ' step, ')
wanted devices && step devices 60 '^(cuda|opencl)' "$javelin" devices
# Most of verify is the compilation of kernels, one at a time in each process.
parts=$(($(nproc) / 2 > 0 ? $(nproc) / 2 : 1))
for device in ${devices//,/ }; do
  for part in $(wanted verify && seq $parts); do
    step "verify-${device/:/-}-$part" 900 ' passed, ' \
      "$javelin" verify --device "$device" --part "$part/$parts" ${quick:+--quick} &
  done
done
wait
if wanted sanitizer; then
  sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | tail -n 1)
  if [ -z "$sanitizer" ]; then
    printf '%-28s %-7s          compute-sanitizer was not found\n' sanitizer absent | tee -a "$out/summary" >&2
  else
    # Each tensor in a block of its own, so that accesses beyond it are seen.
    for tool in memcheck racecheck initcheck; do
      step "sanitizer-$tool" 300 'ERROR SUMMARY|RACECHECK SUMMARY' \
        env JAVELIN_OPTS=-Djavelin.memory.cache=false \
        "$sanitizer" --tool "$tool" --target-processes all --error-exitcode 3 \
        "$javelin" verify --device cuda --quick --only models,creation
    done
  fi
fi
if wanted train; then
  for device in ${devices//,/ }; do
    step "train-mlp-${device/:/-}" 300 '^epoch' "$javelin" "${train[@]}" --device "$device" --epochs $epochs
    step "train-cnn-${device/:/-}" 300 '^epoch' \
      "$javelin" "${train[@]}" --device "$device" --epochs $epochs --model cnn --optimizer adam
  done
fi
# 938 steps an epoch: 100,000 steps.
[ -n "$quick" ] || soak=107
wanted soak && step soak 600 'memory in use' \
  bash -c 'watched "$@"' soak "$javelin" "${train[@]}" --device "${devices%%,*}" --epochs "${soak:-1}"
if wanted bench; then
  for device in ${devices//,/ }; do
    step "bench-${device/:/-}" 600 '^mlp step, SGD' \
      "$javelin" bench --device "$device" --seconds "$seconds" --json "$out/bench-${device/:/-}.json" \
      "${rows[@]}"
  done
fi
if wanted torch; then
  if python3 -c 'import torch' 2>/dev/null; then
    step torch 600 '^mlp step, SGD' \
      python3 "$tools/torch_bench.py" --seconds "$seconds" ${data:+--data "$data"} --json "$out/torch.json" "$out"/bench-*.json
  else
    printf '%-28s %-7s          python3 has no torch\n' torch absent | tee -a "$out/summary" >&2
  fi
fi

printf '\n%s\n\n' "$(date -u +%F) $(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | head -n 1)"
cat "$out/summary"
[ ! -f "$out/torch.log" ] || cat "$out/torch.log"
! grep -q FAILED "$out/summary"
