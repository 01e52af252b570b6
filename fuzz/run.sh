#!/bin/sh
# Fuzzes a target: fuzz/run.sh [loads|tape|work|schedule] [minutes]. Needs nightly Rust, cargo-fuzz and, for loads, Python 3.8 or later.
#
# The corpus in fuzz/corpus is committed: the vectors, by fuzz/seed.py, and what was found. What a run adds goes to fuzz/grown,
# what it finds to fuzz/artifacts.
set -eu
cd "$(dirname "$0")/.."
target=${1:-loads}
minutes=${2:-30}
PATH="${XDG_CACHE_HOME:-$HOME/.cache}/cachelib-edge/cargo-fuzz/bin:$PATH"
command -v cargo-fuzz >/dev/null || {
  echo "cargo-fuzz is missing: cargo install cargo-fuzz --root ~/.cache/cachelib-edge/cargo-fuzz" >&2
  exit 1
}
mkdir -p "fuzz/grown/$target" "fuzz/corpus/$target"
exec nice -n 19 cargo +nightly fuzz run "$target" "fuzz/grown/$target" "fuzz/corpus/$target" -- -max_total_time=$((minutes * 60)) -max_len=2000 -rss_limit_mb=4096 \
  -timeout=20 -dict=fuzz/pickle.dict
