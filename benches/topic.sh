#!/bin/sh
# Instructions for each byte that the filter judges, counted by callgrind.
# They hardly change from run to run, whatever else the machine does.
# The difference of three passes and one leaves out all that is done once.
set -eu
cd "$(dirname "$0")/.."
bench=$(cargo bench --bench topic --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))$/\1/p')
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" "$@" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
for text in english mixed; do
    for more in 0 5000 12000; do
        bytes=$("$bench" 1 $text $more)
        once=$(count 1 $text $more)
        thrice=$(count 3 $text $more)
        awk -v t=$text -v m=$more -v i=$((thrice - once)) -v b="$bytes" \
            'BEGIN { printf "%-8s %6.1f instructions/byte, +%d terms\n", t, i / b / 2, m }'
    done
done
