# SPDX-License-Identifier: BSD-2-Clause
# lib.sh: medians and the two reports of the bench, a table for people and NDJSON for programs: to be sourced by `run`.
#
#   median NUMBER...
#   row NAME UNIT YARDSTICK CMP BAR RUN...
#
# CMP and BAR judge the median, or its ratio to YARDSTICK where there is one ("-": none): "ge 0.8", "le 40"; "info -" is not judged.
# Needs $BENCH_JSON. $BENCH_FAILED counts rows that missed their bar.

BENCH_FAILED=0

median() {
    printf '%s\n' "$@" | sort -g | awk '{v[NR] = $1} END {if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2; else print "nan"}'
}

heading() {
    printf '\n%s\n%-34s %11s %-10s %11s %7s %8s\n' "$1" "" median unit yardstick ratio bar
}

row() {
    _name=$1 _unit=$2 _yardstick=$3 _cmp=$4 _bar=$5
    shift 5
    _median=$(median "$@")
    _line=$(printf '%s\n' "$@" | awk -v name="$_name" -v unit="$_unit" -v yardstick="$_yardstick" -v cmp="$_cmp" -v bar="$_bar" \
        -v median="$_median" -v json="$BENCH_JSON" '
        {
            runs = runs (NR > 1 ? "," : "") ($1 + 0 == $1 ? $1 : "null")
        }
        END {
            known = median + 0 == median
            ratio = yardstick == "-" || !known || yardstick + 0 == 0 ? "-" : median / yardstick
            judged = yardstick == "-" ? (known ? median : "-") : ratio
            ok = cmp == "info" || (judged != "-" && (cmp == "ge" ? judged + 0 >= bar + 0 : judged + 0 <= bar + 0))
            printf "%-34s %11s %-10s %11s %7s %8s  %s\n", name, known ? sprintf("%.5g", median) : "-", unit,
                yardstick == "-" ? "" : sprintf("%.5g", yardstick), ratio == "-" ? "" : sprintf("%.2f", ratio),
                cmp == "info" ? "" : (cmp == "ge" ? ">= " : "<= ") bar, cmp == "info" ? "" : ok ? "ok" : "MISSED"
            printf "{\"name\":\"%s\",\"median\":%s,\"unit\":\"%s\",\"runs\":[%s],\"yardstick\":%s,\"ratio\":%s,\"bar\":%s,\"pass\":%s}\n",
                name, known ? median : "null", unit, runs, yardstick == "-" ? "null" : yardstick,
                ratio == "-" ? "null" : sprintf("%.4g", ratio), cmp == "info" ? "null" : bar,
                cmp == "info" ? "null" : ok ? "true" : "false" >>json
        }')
    echo "$_line"
    case $_line in *MISSED) BENCH_FAILED=$((BENCH_FAILED + 1)) ;; esac
}
