# SPDX-License-Identifier: BSD-2-Clause
# places.jq: the table of places in pathprobe-accuracy(7), from the rows of build/accuracy.json: jq -nrf tests/lab/places.jq FILE
def spaces(n): [range(0; n) | " "] | join("");
def left(n): . + spaces(n - length);
def right(n): spaces(n - length) + .;
def share(k; n): if n > 0 then (1000 * k / n | round / 10 | tostring) else "" end;
def line(c): (c[0] | left(43)) + " " + (c[1] | right(6)) + " " + (c[2] | right(7)) + " " + (c[3] | right(7)) + " "
    + (c[4] | right(5)) + " " + (c[5] | right(7));
line(["on the way", "wrong", "named %", "width 1", "pairs", "packets"]),
(inputs | select(.what == "place") | line([.row, "\(.wrong)/\(.n)",
    (if .row | startswith("nothing") then "" else share(.located; .met) end),
    (if .row | startswith("nothing") then "" else share(.narrow; .located) end),
    (.pairs * 10 | round / 10 | tostring), (.packets | round | tostring)]))
