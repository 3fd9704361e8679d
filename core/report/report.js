/* SPDX-License-Identifier: BSD-2-Clause */
/* report.js: contents, sorting, paging and filtering. The page is whole without it. */
"use strict";
(() => {
    const rowsPerPage = 25;
    const live = document.getElementById("live");

    const element = (name, text, parent) => {
        const e = document.createElement(name);
        e.textContent = text;
        parent?.append(e);
        return e;
    };

    /* What a cell is sorted by: its number if it has one, else its text. */
    const keyOf = (row, column) => {
        const cell = row.cells[column];
        return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
    };

    const compare = (x, y) => {
        if (typeof x === "number" && typeof y === "number")
            return x - y;
        return String(x).localeCompare(String(y), "en", { numeric: true });
    };

    class Table {
        constructor(table) {
            this.table = table;
            this.body = table.tBodies[0];
            this.rows = [...this.body.rows];
            this.page = 0;
            this.words = "";
            this.shown = this.rows;
            [...table.tHead.rows[0].cells].forEach((cell, column) => this.sortable(cell, column));
            if (this.rows.length > rowsPerPage)
                this.tools();
            for (const row of this.rows)
                row.querySelector("details")?.addEventListener("toggle", () => this.place(row));
            this.show();
        }

        sortable(cell, column) {
            if (cell.classList.contains("opens") || this.rows.length < 2)
                return;
            const button = element("button", cell.textContent);
            button.type = "button";
            button.addEventListener("click", () => this.sort(cell, column));
            cell.replaceChildren(button);
        }

        /* What a row opens takes the whole width, in a row of its own below; a row that is hidden opens nothing. */
        place(row) {
            const details = row.querySelector("details");
            const open = details?.open && !row.hidden;
            if (open && !row.below) {
                row.below = document.createElement("tr");
                const cell = row.below.insertCell();
                cell.colSpan = row.cells.length;
                cell.append(details.querySelector("pre"));
            }
            if (open) {
                row.after(row.below);
            } else if (row.below) {
                details.append(row.below.querySelector("pre"));
                row.below.remove();
                row.below = null;
            }
        }

        /* Numbers begin with the largest, texts with the first. */
        sort(cell, column) {
            const number = this.rows.some((row) => row.cells[column].dataset.v !== undefined);
            const before = cell.getAttribute("aria-sort");
            const down = before ? before === "ascending" : number;
            for (const other of this.table.tHead.rows[0].cells)
                other.removeAttribute("aria-sort");
            cell.setAttribute("aria-sort", down ? "descending" : "ascending");
            this.rows.sort((x, y) => compare(keyOf(x, column), keyOf(y, column)) * (down ? -1 : 1));
            this.body.append(...this.rows);
            this.page = 0;
            this.show();
        }

        tools() {
            const bar = document.createElement("div");
            bar.className = "tools";
            const label = element("label", "Find ", bar);
            const find = document.createElement("input");
            find.type = "search";
            find.addEventListener("input", () => {
                this.words = find.value.toLowerCase();
                this.page = 0;
                this.show();
            });
            label.append(find);
            this.back = element("button", "Back", bar);
            this.on = element("button", "Next", bar);
            this.all = element("button", "All", bar);
            this.says = element("span", "", bar);
            for (const button of [this.back, this.on, this.all])
                button.type = "button";
            this.back.addEventListener("click", () => this.turn(-1));
            this.on.addEventListener("click", () => this.turn(1));
            this.all.addEventListener("click", () => {
                this.whole = !this.whole;
                this.all.textContent = this.whole ? "Pages" : "All";
                this.show();
            });
            this.table.parentElement.before(bar);
        }

        turn(by) {
            this.page += by;
            this.show();
        }

        show() {
            const found = this.rows.filter((row) => row.textContent.toLowerCase().includes(this.words));
            const per = this.whole || !this.on ? Infinity : rowsPerPage;
            const from = per === Infinity ? 0 : this.page * per;
            const shown = new Set(found.slice(from, per === Infinity ? undefined : from + per));
            for (const row of this.rows) {
                row.hidden = !shown.has(row);
                this.place(row);
            }
            if (!this.on)
                return;
            this.back.disabled = from === 0;
            this.on.disabled = from + shown.size >= found.length;
            this.says.textContent = `${found.length ? from + 1 : 0} to ${from + shown.size} of ${found.length} rows`;
            live.textContent = this.says.textContent;
        }

        /* On paper all rows stand. */
        print(on) {
            if (on)
                for (const row of this.rows) {
                    row.hidden = false;
                    this.place(row);
                }
            else
                this.show();
        }
    }

    const list = element("ul", "");
    for (const heading of document.querySelectorAll("main h2")) {
        const link = element("a", heading.textContent, element("li", "", list));
        link.href = `#${heading.parentElement.id}`;
    }
    document.getElementById("contents").append(list);
    const tables = [...document.querySelectorAll("main table")].map((table) => new Table(table));
    window.addEventListener("beforeprint", () => tables.forEach((t) => t.print(true)));
    window.addEventListener("afterprint", () => tables.forEach((t) => t.print(false)));
})();
