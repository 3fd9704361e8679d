# SPDX-License-Identifier: BSD-2-Clause
# accuracy.jq: the table of pathprobe-accuracy(7), from the rows of build/accuracy.json: jq -nrf tests/lab/accuracy.jq FILE
def spaces(n): [range(0; n) | " "] | join("");
def left(n): . + spaces(n - length);
def right(n): spaces(n - length) + .;
def share(k; n): if n > 0 then (100000 * k / n | round / 1000 | tostring) else "" end;
def line(c): (c[0] | left(29)) + " " + (c[1] | right(13)) + " " + (c[2] | right(6)) + " " + (c[3] | right(7)) + " "
    + (c[4] | right(7)) + " " + (c[5] | right(7));
def has_own: [.scenario] | inside(["accuracy", "mixed"]) | not; # an experiment other than ecn
def of($rows; $kind; $all; $one):
    first($rows[] | select(.behaviour == $kind and ((.rounds == 1) == $one) and
        .scenario == $all.scenario and .p == $all.p and .kind == $all.kind));
[inputs] as $rows
| line(["how a flow fails", "false broken", "1 try", "found %", "works %", "unst. %"]),
  ( $rows | sort_by(has_own) | .[] | select(.behaviour == "= false broken" and .rounds != 1) as $all
    | of($rows; "= false broken"; $all; true) as $single
    | [of($rows; "= broken"; $all; false)] as $broken
    | [of($rows; "= harmless"; $all; false)] as $harmless
    | line([
        (if has_own then "\(.scenario), " else "" end)
        + (if .p == null then "0.1 to 50 %" elif .p == 0 then "never" else "\(100 * .p) %" end)
        + (if .p == 0 then "" elif .kind == "iid" then ", independently" else ", in 30 s episodes" end),
        "\(.broken)/\(.n)", "\($single.broken)",
        ($broken[0] // {broken: 0, n: 0} | share(.broken; .n)),
        ($harmless[0] // {works: 0, n: 0} | share(.works; .n)),
        share(.unstable; .n)]) )
