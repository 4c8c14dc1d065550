#!/usr/bin/env bash
#
# Two builds give the same bytes (D-15), wherever and by whomever they are made:
# in two directories, under two umasks, time zones and languages. The program
# has 15 MiB at most. Takes two builds from nothing.
#
# usage: benches/long/reproducible.sh [PROFILE]

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

profile=${1:-release}
root=$(mktemp -d)
trap 'rm -r "$root"' EXIT

build() { # directory, umask, time zone, language
    mkdir -p "$root/$1"
    git archive HEAD | tar -x -C "$root/$1"
    (
        cd "$root/$1"
        umask "$2"
        CARGO_TARGET_DIR=target TZ=$3 LC_ALL=$4 cargo build --profile "$profile" --locked --quiet
    )
    sha256sum "$root/$1/target/$profile/scofeed"
}

build here 022 UTC C
build there/and/deeper 077 Asia/Bishkek tr_TR.UTF-8
cmp "$root"/{here,there/and/deeper}/target/"$profile"/scofeed
size=$(stat --format=%s "$root/here/target/$profile/scofeed")
echo "$size bytes"
[ "$profile" != release ] || [ "$size" -le $((15 * 1024 * 1024)) ]
