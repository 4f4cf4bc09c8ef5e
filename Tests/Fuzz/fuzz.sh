#!/usr/bin/env bash
# Fuzzes one parser, or one after the other, with the coverage-guided fuzzer of the Swift toolchain.
# New inputs that reach more code are merged into the corpus, which CorpusTests replays; an input
# that breaks a promise stays there as crash-….
#
#   fuzz.sh [PARSER] [MINUTES]       all parsers, one minute each, by themselves
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
corpora=$root/Tests/Fuzz/Corpora
scratch=$root/.build/fuzz
parsers=${1:-http websocket json csv markdown token postback}
minutes=${2:-1}
# Larger corpora teach little more, and everybody who clones has them.
corpus_limit=200000

if [ -z "${SKIP_BUILD:-}" ]; then
    SOUK_FUZZ=1 "${SWIFT:-swift}" build --package-path "$root" --scratch-path "$scratch" \
        -c release --sanitize fuzzer -Xswiftc -enable-testing --product fuzz
fi

failed=0
for parser in $parsers; do
    corpus=$corpora/$parser
    work=$scratch/work/$parser
    found=$scratch/found/$parser/
    mkdir -p "$corpus" "$work" "$found"
    # The runtime's own handler of crashes would keep the fuzzer from writing the input down.
    export SOUK_FUZZ_PARSER=$parser SWIFT_BACKTRACE=enable=no
    echo "== $parser, $minutes minutes"
    status=0
    "$scratch/release/fuzz" "$work" "$corpus" -max_total_time=$((minutes * 60)) -max_len=4096 \
        -timeout=60 -rss_limit_mb=2048 -use_value_profile=1 -print_final_stats=1 \
        -artifact_prefix="$found" >"$scratch/$parser.log" 2>&1 || status=$?
    grep -aE 'Broken|ERROR|SUMMARY|stat::number|Fatal' "$scratch/$parser.log" || true
    { grep -aE '^#[0-9]+.*cov: ' "$scratch/$parser.log" || true; } | tail -n 1
    for input in "$found"*; do
        [ -e "$input" ] || continue
        cp "$input" "$corpus/" && echo "A promise is broken by $corpus/$(basename "$input")."
    done
    [ "$status" -eq 0 ] || { failed=1; continue; }
    # The fewest and shortest inputs that reach everything.
    rm -rf "$work.merged" && mkdir "$work.merged"
    "$scratch/release/fuzz" -merge=1 -max_len=4096 "$work.merged" "$corpus" "$work" \
        >"$scratch/$parser.merge.log" 2>&1
    size=0
    rm -rf "$corpus.new" && mkdir "$corpus.new"
    for input in "$corpus"/seed-* "$corpus"/crash-* "$corpus"/timeout-*; do
        [ ! -e "$input" ] || cp "$input" "$corpus.new/"
    done
    for input in $(ls -S -r "$work.merged"); do
        bytes=$(stat -c %s "$work.merged/$input")
        size=$((size + bytes))
        [ "$size" -le "$corpus_limit" ] || break
        cp "$work.merged/$input" "$corpus.new/"
    done
    rm -rf "$corpus" && mv "$corpus.new" "$corpus"
    echo "The corpus has $(ls "$corpus" | wc -l) inputs of $size bytes."
done
exit "$failed"
