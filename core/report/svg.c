/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * svg.c: draws pictures as SVG. A hatching, a shape or a text repeats what a colour shows. Colours are CSS classes, so
 * that the page's style changes them for dark screens and for paper; the patterns of hatchings are defined once a page.
 */
#include "sheet.h"

#include <math.h>
#include <time.h>

#define WIDTH 760
#define LEFT 12 /* x of the plot's left side; labels are above their row, so that a narrow screen has room for them */
#define RIGHT 740
#define ROW 50
#define LABEL_MAX 54 /* characters of a label */

/* ---- pieces ----------------------------------------------------------------------------------------------------- */

static void begin(struct pp_buf *out, const struct pp_picture *p, double height)
{
    pp_buf_addf(out,
                "<svg role=\"img\" viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\" aria-labelledby=\"%s-t %s-d\">"
                "<title id=\"%s-t\">",
                WIDTH, height, WIDTH, height, p->id, p->id, p->id);
    pp_safe_text(out, p->title, strlen(p->title), true);
    pp_buf_addf(out, "</title><desc id=\"%s-d\">", p->id);
    pp_safe_text(out, p->what, strlen(p->what), true);
    pp_buf_adds(out, "</desc>\n");
}

/* Appends a text at (X, Y); ANCHOR, an attribute of SVG: start, middle, end. */
static void label(struct pp_buf *out, double x, double y, const char *anchor, const char *class, const char *text)
{
    pp_buf_addf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, class);
    pp_safe_text(out, text, strlen(text), true);
    pp_buf_adds(out, "</text>\n");
}

/* Appends the label of a row, truncated if it is long: the table has the whole text. */
static void row_label(struct pp_buf *out, double y, const char *text)
{
    size_t len = strlen(text), keep = len;
    char whole[128];

    if (pp_safe_width(text) > LABEL_MAX)
        for (keep = LABEL_MAX - 1; keep && ((uint8_t)text[keep] & 0xc0) == 0x80; keep--)
            ;
    snprintf(whole, sizeof whole, "%.*s%s", (int)keep, text, keep < len ? "\xe2\x80\xa6" : "");
    label(out, LEFT, y, "start", "l", whole);
}

static void line(struct pp_buf *out, double x1, double y1, double x2, double y2, const char *class)
{
    pp_buf_addf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2, y2, class);
}

static void box(struct pp_buf *out, double x, double y, double w, double h, const char *class)
{
    pp_buf_addf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"/>\n", x, y, w, h, class);
}

/* The step of an axis: 1, 2 or 5 times a power of ten, about five steps up to MOST. */
static double nice(double most)
{
    double step = pow(10, floor(log10(most / 4)));

    return most / step > 10 ? (most / step > 25 ? 10 * step : 5 * step) : most / step > 6 ? 2 * step : step;
}

static double most_of(const struct pp_picture *p)
{
    double most = 0;

    for (unsigned i = 0; i < p->n; i++) {
        double high = fmin(p->mark[i].high, fmax(3 * p->mark[i].v, 0.05)); /* a wide interval is cut off */
        most = fmax(most, fmax(p->mark[i].v, fmax(high, p->kind == PP_PICTURE_DOTS ? p->mark[i].v2 : 0)));
    }
    return fmin(1, fmax(most * 1.05, 1e-5));
}

/* Draws the grid lines and labels of shares, from Y1 to Y2. */
static void axis(struct pp_buf *out, double most, double y1, double y2)
{
    double step = nice(most);
    char text[32];

    for (int i = 0; i * step <= most * 1.0001; i++) {
        double x = LEFT + (RIGHT - LEFT) * i * step / most;
        line(out, x, y1, x, y2, "grid");
        snprintf(text, sizeof text, "%.6g %%", 100 * i * step);
        label(out, x, y2 + 17, i ? "middle" : "start", "s", text);
    }
}

void pp_svg_patterns(struct pp_buf *out)
{
    static const char *const path[] = {
        [1] = "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", /* broken: rising */
        [2] = "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4",    /* transient: falling */
        [3] = "M2,2 h0.1 M6,6 h0.1",                /* offline: dots */
        [4] = "M0,4 h8",                            /* unstable: level */
        [5] = "M4,0 v8",                            /* others */
        [6] = "M0,4 h8 M4,0 v8",
        [7] = "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4 M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4",
    };

    pp_buf_adds(out, "<svg width=\"0\" height=\"0\" class=\"defs\" aria-hidden=\"true\"><defs>\n");
    for (unsigned i = 1; i < sizeof path / sizeof *path; i++)
        pp_buf_addf(out,
                    "<pattern id=\"hatch%u\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><path d=\"%s\" "
                    "class=\"hatch\"/></pattern>\n",
                    i, path[i]);
    pp_buf_adds(out, "</defs></svg>\n");
}

/* Draws a rectangle in the colour and hatching of STYLE. */
static void field(struct pp_buf *out, double x, double y, double w, double h, unsigned style)
{
    char class[16];

    snprintf(class, sizeof class, "c%u", style % 8);
    box(out, x, y, w, h, class);
    if (style % 8)
        pp_buf_addf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"url(#hatch%u)\"/>\n", x, y,
                    w, h, style % 8);
}

/* ---- shares with intervals -------------------------------------------------------------------------------------- */

static void whisker(struct pp_buf *out, double low, double high, double y)
{
    line(out, low, y, high, y, "whisker");
    line(out, low, y - 4, low, y + 4, "whisker");
    line(out, high, y - 4, high, y + 4, "whisker");
}

static void dots(struct pp_buf *out, const struct pp_picture *p)
{
    double most = most_of(p), bottom = 10 + ROW * (double)p->n, scale = (RIGHT - LEFT) / most;
    bool trial = false;

    begin(out, p, bottom + 54);
    axis(out, most, 6, bottom);
    for (unsigned i = 0; i < p->n; i++) {
        const struct pp_mark *m = &p->mark[i];
        double y = 10 + ROW * i + 36;
        row_label(out, y - 14, m->label);
        whisker(out, LEFT + m->low * scale, fmin(RIGHT, LEFT + m->high * scale), y);
        if (m->v2 >= 0) {
            double x = fmin(RIGHT, LEFT + m->v2 * scale);
            trial = true;
            pp_buf_addf(out, "<path d=\"M%.1f,%.1f l5,5 l-5,5 l-5,-5 z\" class=\"trial\"/>\n", x, y - 5);
        }
        pp_buf_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" class=\"c%u\"/>\n", LEFT + m->v * scale, y,
                    m->style % 8);
        label(out, RIGHT, y - 14, "end", "v", m->text);
    }
    label(out, LEFT, bottom + 44, "start", "s",
          trial ? "\xe2\x97\x8f confirmed, with its 95 % interval   \xe2\x97\x87 by one trial"
                : "\xe2\x97\x8f with its 95 % interval");
    pp_buf_adds(out, "</svg>\n");
}

static void day(char text[32], double seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;

    if (!gmtime_r(&t, &tm) || !strftime(text, 32, "%Y-%m-%d %H:%M", &tm))
        text[0] = '\0';
}

static void time_line(struct pp_buf *out, const struct pp_picture *p)
{
    const double top = 16, bottom = 196, left = 70, right = 700;
    double most = most_of(p), from = INFINITY, to = -INFINITY, step = nice(most), x0 = 0, y0 = 0;
    char text[32];

    for (unsigned i = 0; i < p->n; i++) {
        from = fmin(from, p->mark[i].v2);
        to = fmax(to, p->mark[i].v2);
    }
    begin(out, p, 246 + 18 * (double)p->ny);
    for (int i = 0; i * step <= most * 1.0001; i++) {
        double y = bottom - (bottom - top) * i * step / most;
        line(out, left, y, right, y, "grid");
        snprintf(text, sizeof text, "%.6g %%", 100 * i * step);
        label(out, left - 8, y + 4, "end", "s", text);
    }
    day(text, from);
    label(out, left, bottom + 20, "start", "s", text);
    day(text, to);
    label(out, right, bottom + 20, "end", "s", text);
    for (unsigned s = 0; s < p->ny; s++) {
        bool any = false;
        for (unsigned i = 0; i < p->n; i++) {
            const struct pp_mark *m = &p->mark[i];
            double x = to > from ? left + 8 + (right - left - 16) * (m->v2 - from) / (to - from) : (left + right) / 2;
            double y = bottom - (bottom - top) * m->v / most, scale = (bottom - top) / most;
            if (m->y != s)
                continue;
            if (any)
                line(out, x0, y0, x, y, "path");
            line(out, x, fmin(bottom, bottom - m->low * scale), x, fmax(top, bottom - m->high * scale), "whisker");
            pp_buf_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"c%u\"/>\n", x, y, m->style % 8);
            label(out, x + 6, y - 5, "start", "s", m->text);
            x0 = x;
            y0 = y;
            any = true;
        }
        snprintf(text, sizeof text, "%c", (char)('a' + s % 26));
        label(out, left, bottom + 44 + 18 * s, "start", "v", text);
        label(out, left + 16, bottom + 44 + 18 * s, "start", "s", p->name[s]);
    }
    pp_buf_adds(out, "</svg>\n");
}

/* ---- bars, grids, ladders --------------------------------------------------------------------------------------- */

static void stack(struct pp_buf *out, const struct pp_picture *p)
{
    double bottom = 6 + 54 * (double)p->ny;

    begin(out, p, bottom + 4);
    for (unsigned row = 0; row < p->ny; row++) {
        double x = LEFT, y = 24 + 54 * row;
        row_label(out, y - 6, p->name[row]);
        for (unsigned i = 0; i < p->n; i++) {
            const struct pp_mark *m = &p->mark[i];
            double w = (RIGHT - LEFT) * m->v;
            if (m->y != row)
                continue;
            field(out, x, y, w, 24, m->style);
            if (w > 8. * (double)pp_safe_width(m->label) + 8) {
                if (m->style % 8)
                    box(out, x + 3, y + 4, 7.4 * (double)pp_safe_width(m->label) + 4, 16, "plate");
                label(out, x + 5, y + 16, "start", m->style % 8 ? "on" : "over", m->label);
            }
            x += w;
        }
    }
    pp_buf_adds(out, "</svg>\n");
}

static void heat(struct pp_buf *out, const struct pp_picture *p)
{
    double side = fmin(70, (WIDTH - 130.) / p->nx), high = fmin(side, 34);

    begin(out, p, 34 + high * p->ny);
    for (unsigned x = 0; x < p->nx; x++)
        label(out, 120 + side * (x + .5), 20, "middle", "s", p->name[x]);
    for (unsigned y = 0; y < p->ny; y++)
        label(out, 112, 28 + high * (y + .5) + 4, "end", "s", p->name[p->nx + y]);
    for (unsigned i = 0; i < p->n; i++) {
        const struct pp_mark *m = &p->mark[i];
        double x = 120 + side * m->x, y = 28 + high * m->y;
        pp_buf_addf(
            out,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"cell\" fill-opacity=\"%.3f\"><title>",
            x, y, side - 2, high - 2, 0.04 + 0.9 * sqrt(fmin(1, m->v)));
        pp_safe_text(out, m->label, strlen(m->label), true);
        pp_buf_adds(out, "</title></rect>\n");
        label(out, x + side / 2 - 1, y + high / 2 + 3, "middle", m->v > 0.3 ? "inv" : "s", m->text);
    }
    pp_buf_adds(out, "</svg>\n");
}

static void ladder(struct pp_buf *out, const struct pp_picture *p)
{
    double hops = 8, bottom = 30 + ROW * (double)p->n, step;
    char text[16];

    for (unsigned i = 0; i < p->n; i++)
        hops = fmax(hops, fmax(p->mark[i].v2, fmax(p->mark[i].high, p->mark[i].low)));
    step = (WIDTH - 20. - LEFT) / hops;
    begin(out, p, bottom + 12);
    for (int h = 1; h <= (int)hops; h++) {
        snprintf(text, sizeof text, "%d", h);
        label(out, LEFT + step * (h - .5), 16, "middle", "s", text);
        line(out, LEFT + step * (h - .5), 22, LEFT + step * (h - .5), bottom, "grid");
    }
    for (unsigned i = 0; i < p->n; i++) {
        const struct pp_mark *m = &p->mark[i];
        double y = 30 + ROW * i + 36, from = LEFT + step * (m->low - .5), to = LEFT + step * (hops - .2);
        row_label(out, y - 14, m->label);
        if (m->high > 0)
            to = LEFT + step * (m->high - .5);
        line(out, LEFT, y, from, y, "way");
        field(out, from, y - 7, fmax(3, to - from), 14, 1);
        if (m->high > 0 && m->v2 > m->high)
            line(out, to, y, LEFT + step * (m->v2 - .5), y, "way");
        pp_buf_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"c0\"/>\n", from, y);
        if (m->high > 0)
            pp_buf_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"c1\"/>\n", to, y);
        else
            label(out, to + 2, y + 4, "start", "s", "?");
    }
    pp_buf_adds(out, "</svg>\n");
}

void pp_svg(struct pp_buf *out, const struct pp_picture *p)
{
    static void (*const draw[])(struct pp_buf * out, const struct pp_picture *p) = {
        [PP_PICTURE_DOTS] = dots,     [PP_PICTURE_STACK] = stack,    [PP_PICTURE_HEAT] = heat,
        [PP_PICTURE_LADDER] = ladder, [PP_PICTURE_TIME] = time_line,
    };

    draw[p->kind](out, p);
}
