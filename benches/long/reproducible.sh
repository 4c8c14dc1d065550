#!/usr/bin/env bash
#
# Two builds in two directories give the same bytes (D-15), 15 MiB at most.
# Takes two release builds from nothing.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

root=$(mktemp -d)
trap 'rm -r "$root"' EXIT
for place in here there/and/deeper; do
    mkdir -p "$root/$place"
    git archive HEAD | tar -x -C "$root/$place"
    (cd "$root/$place" && CARGO_TARGET_DIR=target cargo build --release --locked --quiet)
    sha256sum "$root/$place/target/release/scofeed"
done
cmp "$root"/{here,there/and/deeper}/target/release/scofeed
size=$(stat --format=%s "$root/here/target/release/scofeed")
echo "$size bytes"
[ "$size" -le $((15 * 1024 * 1024)) ]
