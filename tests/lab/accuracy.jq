# SPDX-License-Identifier: BSD-2-Clause
# accuracy.jq: the table that the README quotes, from the rows of build/accuracy.json: jq -nrf tests/lab/accuracy.jq FILE
def share(k; n): if n > 0 then (100000 * k / n | round / 1000 | tostring) + " %" else "" end;
def has_own: [.scenario] | inside(["accuracy", "mixed"]) | not; # an experiment other than ecn
def of($rows; $kind; $all; $one):
    first($rows[] | select(.behaviour == $kind and ((.rounds == 1) == $one) and
        .scenario == $all.scenario and .p == $all.p and .kind == $all.kind));
[inputs] as $rows
| "| a flow fails | false `broken` | with `--rounds 1` | broken ones found | harmless ones `works` | `unstable` |",
  "|---|---|---|---|---|---|",
  ( $rows | sort_by(has_own) | .[] | select(.behaviour == "= false broken" and .rounds != 1) as $all
    | of($rows; "= false broken"; $all; true) as $single
    | [of($rows; "= broken"; $all; false)] as $broken
    | [of($rows; "= harmless"; $all; false)] as $harmless
    | "| \(if has_own then "`\(.scenario)`, " else "" end)"
      + "\(if .p == null then "0.1 to 50 %" elif .p == 0 then "never" else "\(100 * .p) %" end)"
      + (if .p == 0 then "" elif .kind == "iid" then ", independently" else ", in 30 s episodes" end)
      + " | \(.broken) of \(.n) | \($single.broken) of \($single.n)"
      + " | \($broken[0] // {broken: 0, n: 0} | share(.broken; .n))"
      + " | \($harmless[0] // {works: 0, n: 0} | share(.works; .n))"
      + " | \(share(.unstable; .n)) |" )
