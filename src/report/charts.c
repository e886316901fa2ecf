#include "report/charts.h"

json_t *gd__report_chart(const char *template)
{
    return gd__spec_whole(gd__spec_from(template), &gd__theme_page, true);
}

// clang-format off

// Curves. Data: points {x, y, s}, where s is the name of the curve; raw: the same, drawn faintly behind them; dots:
// points that are marked. The point nearest to the pointer is told in the tooltip.
const char gd__template_lines[] = GD__VERBATIM({
    "padding": {"left": 1, "top": 4, "right": 6, "bottom": 6},
    "signals": [
        {"name": "xTitle", "value": ""},
        {"name": "xFormat", "value": "d"},
        {"name": "yFormat", "value": ",~r"},
        {"name": "xDomain", "value": [0, 1]},
        {"name": "yDomain", "value": [0, 1]},
        {"name": "names", "value": []},
        {"name": "shown", "value": null},
        {"name": "best", "value": null},
        {"name": "at", "value": null, "on": [
            {"events": "@area:mousemove, @area:touchstart, @area:touchmove",
             "update": "invert('x', clamp(x(), 0, width))"},
            {"events": "@area:mouseout, @area:touchend", "update": "null"}]}
    ],
    "data": [
        {"name": "points", "values": []},
        {"name": "raw", "values": []},
        {"name": "dots", "values": []},
        {"name": "near", "source": "points", "transform": [
            {"type": "filter", "expr": "at !== null && isValid(datum.y)"},
            {"type": "formula", "as": "distance", "expr": "abs(datum.x - at)"},
            {"type": "aggregate", "groupby": ["s"], "fields": ["distance"], "ops": ["argmin"], "as": ["nearest"]},
            {"type": "formula", "as": "x", "expr": "datum.nearest.x"},
            {"type": "formula", "as": "y", "expr": "datum.nearest.y"}]}
    ],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "zero": false,
         "domain": {"signal": "xDomain"}},
        {"name": "y", "type": "linear", "range": "height", "nice": true, "zero": false,
         "domain": {"signal": "yDomain"}},
        {"name": "color", "type": "ordinal", "domain": {"signal": "names"}, "range": ["var(--one)", "var(--two)"]}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "title": {"signal": "xTitle"}, "format": {"signal": "xFormat"},
         "tickCount": {"signal": "ceil(width / 80)"}, "tickMinStep": 1, "labelFlush": true},
        {"scale": "y", "orient": "left", "grid": true, "domain": false, "ticks": false, "tickCount": 5,
         "format": {"signal": "yFormat"}}
    ],
    "legends": [{"stroke": "color", "symbolType": "stroke", "orient": "top", "direction": "horizontal",
                 "values": {"signal": "shown || names"}}],
    "marks": [
        {"type": "rule", "encode": {"update": {
            "x": {"signal": "best === null ? 0 : scale('x', best)"}, "y": {"value": 0}, "y2": {"signal": "height"},
            "stroke": {"value": "var(--muted)"}, "strokeDash": {"value": [3, 3]},
            "opacity": {"signal": "best === null ? 0 : 0.7"}}}},
        {"type": "group", "from": {"facet": {"name": "rawCurve", "data": "raw", "groupby": "s"}}, "marks": [
            {"type": "line", "from": {"data": "rawCurve"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
                "defined": {"signal": "isValid(datum.y)"},
                "stroke": {"scale": "color", "field": "s"}, "strokeWidth": {"value": 1},
                "opacity": {"value": 0.28}}}}]},
        {"type": "group", "from": {"facet": {"name": "curve", "data": "points", "groupby": "s"}}, "marks": [
            {"type": "line", "from": {"data": "curve"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
                "defined": {"signal": "isValid(datum.y)"},
                "stroke": {"scale": "color", "field": "s"}, "strokeWidth": {"value": 2},
                "strokeJoin": {"value": "round"}}}}]},
        {"type": "symbol", "from": {"data": "dots"}, "encode": {"update": {
            "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}, "size": {"value": 34},
            "fill": {"scale": "color", "field": "s"}, "stroke": {"value": "var(--card)"},
            "strokeWidth": {"value": 1.5}}}},
        {"type": "symbol", "from": {"data": "near"}, "encode": {"update": {
            "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}, "size": {"value": 70},
            "fill": {"scale": "color", "field": "s"}, "stroke": {"value": "var(--card)"},
            "strokeWidth": {"value": 2}}}},
        {"type": "rect", "name": "area", "encode": {"update": {
            "x": {"value": 0}, "y": {"value": 0}, "width": {"signal": "width"}, "height": {"signal": "height"},
            "fill": {"value": "transparent"},
            "tooltip": {"signal": "length(data('near')) == 0 ? null : {title: xTitle + ' ' + format(data('near')[0].x, ','), rows: data('near'), percent: yFormat == '~%'}"}}}}
    ]
});

// Columns. Data: columns {from, to, value, label}, label being the title of the tooltip; names: what the value is.
const char gd__template_columns[] = GD__VERBATIM({
    "padding": {"left": 1, "top": 4, "right": 6, "bottom": 6},
    "signals": [
        {"name": "xTitle", "value": ""},
        {"name": "name", "value": ""},
        {"name": "xMinStep", "value": 0},
        {"name": "xFormat", "value": ",~r"},
        {"name": "yFormat", "value": ",~r"},
        {"name": "xDomain", "value": [0, 1]},
        {"name": "middle", "value": null}
    ],
    "data": [{"name": "columns", "values": []}],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "zero": false,
         "domain": {"signal": "xDomain"}},
        {"name": "y", "type": "linear", "range": "height", "nice": true, "zero": true,
         "domain": {"data": "columns", "field": "value"}}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "title": {"signal": "xTitle"}, "tickCount": {"signal": "ceil(width / 80)"},
         "tickMinStep": {"signal": "xMinStep"}, "format": {"signal": "xFormat"}},
        {"scale": "y", "orient": "left", "grid": true, "domain": false, "ticks": false, "tickCount": 5,
         "format": {"signal": "yFormat"}}
    ],
    "marks": [
        {"type": "rect", "from": {"data": "columns"}, "encode": {
            "update": {
                "x": {"scale": "x", "field": "from", "offset": 0.5}, "x2": {"scale": "x", "field": "to", "offset": -0.5},
                "y": {"scale": "y", "field": "value"}, "y2": {"scale": "y", "value": 0},
                "fill": {"value": "var(--one)"}, "opacity": {"value": 0.85},
                "tooltip": {"signal": "{title: datum.label, rows: [{s: name, y: datum.value}]}"}},
            "hover": {"opacity": {"value": 1}}}},
        {"type": "rule", "encode": {"update": {
            "x": {"signal": "middle === null ? 0 : scale('x', middle)"}, "y": {"value": 0},
            "y2": {"signal": "height"}, "stroke": {"value": "var(--ink)"}, "strokeDash": {"value": [3, 3]},
            "opacity": {"signal": "middle === null ? 0 : 1"}}}}
    ]
});

// A small histogram without an axis of counts. Data: columns {from, to, share, label, rows}: the share of the training
// part, and what the tooltip says; lines {x, y, s}: the shares of other parts, s being the number of the part.
const char gd__template_histogram[] = GD__VERBATIM({
    "padding": {"left": 1, "top": 2, "right": 1, "bottom": 2},
    "signals": [{"name": "xFormat", "value": ",~r"}, {"name": "xMinStep", "value": 0},
                {"name": "xDomain", "value": [0, 1]}],
    "data": [{"name": "columns", "values": []}, {"name": "lines", "values": []}],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "zero": false, "domain": {"signal": "xDomain"}},
        {"name": "y", "type": "linear", "range": "height", "zero": true,
         "domain": {"fields": [{"data": "columns", "field": "share"}, {"data": "lines", "field": "y"}]}},
        {"name": "color", "type": "ordinal", "domain": [1, 2], "range": ["var(--two)", "var(--three)"]}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "tickCount": 3, "tickMinStep": {"signal": "xMinStep"},
         "format": {"signal": "xFormat"}, "labelFlush": true, "labelOverlap": true, "tickSize": 3, "labelPadding": 2}
    ],
    "marks": [
        {"type": "rect", "interactive": false, "from": {"data": "columns"}, "encode": {"update": {
            "x": {"scale": "x", "field": "from", "offset": 0.4}, "x2": {"scale": "x", "field": "to", "offset": -0.4},
            "y": {"scale": "y", "field": "share"}, "y2": {"scale": "y", "value": 0},
            "fill": {"value": "var(--one)"}, "opacity": {"value": 0.8}}}},
        {"type": "group", "interactive": false, "from": {"facet": {"name": "part", "data": "lines", "groupby": "s"}},
         "marks": [
            {"type": "line", "from": {"data": "part"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
                "interpolate": {"value": "step"}, "stroke": {"scale": "color", "field": "s"},
                "strokeWidth": {"value": 1.5}}}}]},
        {"type": "rect", "from": {"data": "columns"}, "encode": {
            "update": {
                "x": {"scale": "x", "field": "from"}, "x2": {"scale": "x", "field": "to"},
                "y": {"value": 0}, "y2": {"signal": "height"}, "fill": {"value": "var(--ink)"},
                "fillOpacity": {"value": 0}, "tooltip": {"signal": "{title: datum.label, rows: datum.rows}"}},
            "hover": {"fillOpacity": {"value": 0.08}}}}
    ]
});

// A confusion matrix. Data: cells {t, p, n, r}: true and predicted class by number, count, share of the true class.
// Colour grows with the square root of the share, so that rare mistakes are seen too.
const char gd__template_confusion[] = GD__VERBATIM({
    "padding": {"left": 1, "top": 4, "right": 6, "bottom": 6},
    "signals": [
        {"name": "names", "value": []},
        {"name": "classes", "value": []},
        {"name": "show", "value": "count", "bind": {"input": "radio", "options": ["count", "percent"], "name": ""}}
    ],
    "data": [{"name": "cells", "values": []}],
    "scales": [
        {"name": "x", "type": "band", "range": "width", "domain": {"signal": "classes"}, "padding": 0.04},
        {"name": "y", "type": "band", "range": "height", "domain": {"signal": "classes"}, "padding": 0.04}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "title": "predicted", "domain": false, "ticks": false, "labelAngle": -45,
         "labelAlign": "right", "labelBaseline": "middle", "labelLimit": {"signal": "width < 400 ? 60 : 110"},
         "labelFontSize": {"signal": "clamp(bandwidth('x'), 6, 11)"}, "labelOpacity": {"signal": "bandwidth('x') < 8 ? 0 : 1"},
         "encode": {"labels": {"update": {"text": {"signal": "names[datum.value]"}}}}},
        {"scale": "y", "orient": "left", "title": "true", "domain": false, "ticks": false,
         "labelLimit": {"signal": "width < 400 ? 60 : 110"},
         "labelFontSize": {"signal": "clamp(bandwidth('y'), 6, 11)"},
         "encode": {"labels": {"update": {"text": {"signal": "names[datum.value]"}}}}}
    ],
    "marks": [
        {"type": "rect", "encode": {"update": {
            "x": {"value": 0}, "y": {"value": 0}, "width": {"signal": "width"}, "height": {"signal": "height"},
            "fill": {"value": "var(--empty)"}, "cornerRadius": {"value": 4}}}},
        {"type": "rect", "from": {"data": "cells"}, "encode": {"update": {
            "x": {"scale": "x", "field": "p"}, "y": {"scale": "y", "field": "t"},
            "width": {"scale": "x", "band": 1}, "height": {"scale": "y", "band": 1}, "cornerRadius": {"value": 2},
            "fill": {"signal": "datum.t == datum.p ? 'var(--one)' : 'var(--bad)'"},
            "fillOpacity": {"signal": "0.08 + 0.92 * sqrt(datum.r)"},
            "tooltip": {"signal": "{title: names[datum.t] + ' → ' + names[datum.p], rows: [{s: 'count', y: datum.n}, {s: 'of the true class', y: format(datum.r, '.1%')}]}"}}}},
        {"type": "text", "interactive": false, "from": {"data": "cells"}, "encode": {"update": {
            "x": {"scale": "x", "field": "p", "band": 0.5}, "y": {"scale": "y", "field": "t", "band": 0.5},
            "align": {"value": "center"}, "baseline": {"value": "middle"},
            "fontSize": {"signal": "clamp(bandwidth('x') / 3.2, 7, 12)"},
            "text": {"signal": "show == 'count' ? datum.n : datum.r < 0.0995 ? format(100 * datum.r, '.1~f') : format(100 * datum.r, '.0f')"},
            "fill": {"signal": "sqrt(datum.r) > 0.6 ? 'var(--on-accent)' : 'var(--ink)'"},
            "opacity": {"signal": "bandwidth('x') > 19 && bandwidth('y') > 10 ? 1 : 0"}}}}
    ]
});

// Three bars for each class. Data: bars {c, k, v}: class by number, which measure, its value.
const char gd__template_bars[] = GD__VERBATIM({
    "padding": {"left": 1, "top": 4, "right": 6, "bottom": 6},
    "signals": [{"name": "names", "value": []}, {"name": "classes", "value": []}],
    "data": [{"name": "bars", "values": []}],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "domain": [0, 1]},
        {"name": "y", "type": "band", "range": "height", "domain": {"signal": "classes"}, "paddingInner": 0.3,
         "paddingOuter": 0.15},
        {"name": "inside", "type": "band", "range": [0, {"signal": "bandwidth('y')"}],
         "domain": ["precision", "recall", "F1"]},
        {"name": "color", "type": "ordinal", "domain": ["precision", "recall", "F1"],
         "range": ["var(--one)", "var(--two)", "var(--three)"]}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "grid": true, "domain": false, "ticks": false, "format": "~%",
         "tickCount": 5},
        {"scale": "y", "orient": "left", "domain": false, "ticks": false, "labelLimit": 110,
         "encode": {"labels": {"update": {"text": {"signal": "names[datum.value]"}}}}}
    ],
    "legends": [{"fill": "color", "orient": "top", "direction": "horizontal", "symbolType": "square"}],
    "marks": [
        {"type": "rect", "from": {"data": "bars"}, "encode": {
            "update": {
                "x": {"scale": "x", "value": 0}, "x2": {"scale": "x", "field": "v"},
                "y": {"scale": "y", "field": "c", "offset": {"scale": "inside", "field": "k"}},
                "height": {"scale": "inside", "band": 1}, "fill": {"scale": "color", "field": "k"},
                "opacity": {"value": 0.9},
                "tooltip": {"signal": "{title: names[datum.c], rows: [{s: datum.k, y: format(datum.v, '.2%')}]}"}},
            "hover": {"opacity": {"value": 1}}}}
    ]
});

// Points about a line: predicted against true values, or errors against predictions. Data: points {x, y, at}, at saying
// which sample it is. The line is the diagonal, or y = 0.
const char gd__template_scatter[] = GD__VERBATIM({
    "padding": {"left": 1, "top": 4, "right": 6, "bottom": 6},
    "signals": [
        {"name": "xTitle", "value": ""}, {"name": "yTitle", "value": ""}, {"name": "diagonal", "value": true},
        {"name": "xDomain", "value": [0, 1]}, {"name": "yDomain", "value": [0, 1]},
        {"name": "xFormat", "value": ",~r"}, {"name": "yFormat", "value": ",~r"}
    ],
    "data": [{"name": "points", "values": []}],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "domain": {"signal": "xDomain"}, "nice": true, "zero": false},
        {"name": "y", "type": "linear", "range": "height", "domain": {"signal": "yDomain"}, "nice": true, "zero": false}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "grid": true, "domain": false, "title": {"signal": "xTitle"}, "format": {"signal": "xFormat"},
         "tickCount": {"signal": "ceil(width / 80)"}, "labelOverlap": true},
        {"scale": "y", "orient": "left", "grid": true, "domain": false, "title": {"signal": "yTitle"}, "format": {"signal": "yFormat"},
         "tickCount": 6}
    ],
    "marks": [
        {"type": "rule", "encode": {"update": {
            "x": {"value": 0}, "y": {"signal": "diagonal ? height : scale('y', 0)"}, "x2": {"signal": "width"},
            "y2": {"signal": "diagonal ? 0 : scale('y', 0)"},
            "stroke": {"value": "var(--muted)"}, "strokeDash": {"value": [4, 4]}}}},
        {"type": "symbol", "from": {"data": "points"}, "encode": {
            "update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}, "size": {"value": 22},
                "fill": {"value": "var(--one)"}, "fillOpacity": {"value": 0.45},
                "tooltip": {"signal": "{title: datum.at, rows: [{s: xTitle, y: datum.x}, {s: yTitle, y: datum.y}]}"}},
            "hover": {"fillOpacity": {"value": 1}}}}
    ]
});

// Curves in the unit square. Data: points {x, y, s, t}: s is the name of the curve, t the threshold of the point.
const char gd__template_plane[] = GD__VERBATIM({
    "padding": {"left": 1, "top": 6, "right": 8, "bottom": 6},
    "signals": [
        {"name": "xTitle", "value": ""}, {"name": "yTitle", "value": ""}, {"name": "diagonal", "value": false},
        {"name": "names", "value": []}, {"name": "interpolate", "value": "linear"},
        {"name": "at", "value": null, "on": [
            {"events": "@area:mousemove, @area:touchstart, @area:touchmove",
             "update": "invert('x', clamp(x(), 0, width))"},
            {"events": "@area:mouseout, @area:touchend", "update": "null"}]}
    ],
    "data": [
        {"name": "points", "values": []},
        {"name": "near", "source": "points", "transform": [
            {"type": "filter", "expr": "at !== null"},
            {"type": "formula", "as": "distance", "expr": "abs(datum.x - at)"},
            {"type": "aggregate", "groupby": ["s"], "fields": ["distance"], "ops": ["argmin"], "as": ["nearest"]},
            {"type": "formula", "as": "x", "expr": "datum.nearest.x"},
            {"type": "formula", "as": "y", "expr": "datum.nearest.y"},
            {"type": "formula", "as": "t", "expr": "datum.nearest.t"}]}
    ],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "domain": [0, 1]},
        {"name": "y", "type": "linear", "range": "height", "domain": [0, 1]},
        {"name": "color", "type": "ordinal", "domain": {"signal": "names"},
         "range": {"signal": "length(names) == 1 ? ['var(--one)'] : ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)', 'var(--series-5)', 'var(--series-6)', 'var(--series-7)', 'var(--series-8)', 'var(--bad)', 'var(--ink)']"}}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "grid": true, "domain": false, "ticks": false, "title": {"signal": "xTitle"}, "tickCount": 5},
        {"scale": "y", "orient": "left", "grid": true, "domain": false, "ticks": false, "title": {"signal": "yTitle"}, "tickCount": 5}
    ],
    "legends": [{"stroke": "color", "symbolType": "stroke", "orient": "bottom", "direction": "horizontal",
                 "columns": {"signal": "width < 360 ? 1 : 2"}, "labelLimit": {"signal": "width < 360 ? width - 20 : width / 2 - 20"}}],
    "marks": [
        {"type": "rule", "encode": {"update": {
            "x": {"value": 0}, "y": {"signal": "height"}, "x2": {"signal": "width"}, "y2": {"value": 0},
            "stroke": {"value": "var(--muted)"}, "strokeDash": {"value": [4, 4]}, "opacity": {"signal": "diagonal ? 1 : 0"}}}},
        {"type": "group", "from": {"facet": {"name": "curve", "data": "points", "groupby": "s"}}, "marks": [
            {"type": "line", "from": {"data": "curve"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
                "interpolate": {"signal": "interpolate"},
                "stroke": {"scale": "color", "field": "s"}, "strokeWidth": {"value": 2},
                "strokeJoin": {"value": "round"}}}}]},
        {"type": "symbol", "from": {"data": "near"}, "encode": {"update": {
            "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}, "size": {"value": 60},
            "fill": {"scale": "color", "field": "s"}, "stroke": {"value": "var(--card)"},
            "strokeWidth": {"value": 2}}}},
        {"type": "rect", "name": "area", "encode": {"update": {
            "x": {"value": 0}, "y": {"value": 0}, "width": {"signal": "width"}, "height": {"signal": "height"},
            "fill": {"value": "transparent"},
            "tooltip": {"signal": "length(data('near')) == 0 ? null : {title: xTitle + ' ' + format(data('near')[0].x, '.4~f') + (length(names) == 1 && isValid(data('near')[0].t) ? ', threshold ' + format(data('near')[0].t, '.4~g') : ''), rows: data('near')}"}}}}
    ]
});

// How often probabilities come true. Data: bins {from, to, x, y, share}: borders, mean probability, what came true, and
// the share of the samples that fell into it.
const char gd__template_calibration[] = GD__VERBATIM({
    "padding": {"left": 1, "top": 6, "right": 8, "bottom": 6},
    "signals": [{"name": "xTitle", "value": ""}, {"name": "yTitle", "value": ""}],
    "data": [{"name": "bins", "values": []}],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "domain": [0, 1]},
        {"name": "y", "type": "linear", "range": "height", "domain": [0, 1]}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "grid": true, "domain": false, "ticks": false, "title": {"signal": "xTitle"}, "tickCount": 5},
        {"scale": "y", "orient": "left", "grid": true, "domain": false, "ticks": false, "title": {"signal": "yTitle"}, "tickCount": 5,
         "format": "~%"}
    ],
    "marks": [
        {"type": "rect", "from": {"data": "bins"}, "encode": {"update": {
            "x": {"scale": "x", "field": "from", "offset": 0.5}, "x2": {"scale": "x", "field": "to", "offset": -0.5},
            "y": {"scale": "y", "field": "y"}, "y2": {"scale": "y", "value": 0},
            "fill": {"value": "var(--one)"}, "fillOpacity": {"signal": "datum.from < 1 ? 0.18 : 0"}}}},
        {"type": "rule", "encode": {"update": {
            "x": {"value": 0}, "y": {"signal": "height"}, "x2": {"signal": "width"}, "y2": {"value": 0},
            "stroke": {"value": "var(--muted)"}, "strokeDash": {"value": [4, 4]}}}},
        {"type": "line", "from": {"data": "bins"}, "encode": {"update": {
            "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
            "stroke": {"value": "var(--one)"}, "strokeWidth": {"value": 2}, "strokeJoin": {"value": "round"}}}},
        {"type": "symbol", "from": {"data": "bins"}, "encode": {"update": {
            "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
            "size": {"signal": "30 + 260 * sqrt(datum.share)"}, "fill": {"value": "var(--one)"},
            "stroke": {"value": "var(--card)"}, "strokeWidth": {"value": 1.5},
            "tooltip": {"signal": "{title: datum.from < 1 ? format(datum.from, '.2f') + ' to ' + format(datum.to, '.2f') : 'exactly 1', rows: [{s: 'mean probability', y: datum.x}, {s: yTitle, y: format(datum.y, '.1%')}, {s: 'of the samples', y: format(datum.share, '.1%')}]}"}}}}
    ]
});

// What a threshold does. Data: table {t, precision, recall, F1, accuracy, …}, a row for each position of the slider;
// the page's script shows the row on which it stands.
const char gd__template_threshold[] = GD__VERBATIM({
    "usermeta": {"panel": true},
    "padding": {"left": 1, "top": 4, "right": 8, "bottom": 6},
    "signals": [
        {"name": "position", "value": 0, "bind": {"input": "range", "min": 0, "max": 1, "step": 1, "name": "threshold "}},
        {"name": "chosen", "value": 0},
        {"name": "now", "update": "data('table')[position].t"}
    ],
    "data": [
        {"name": "table", "values": []},
        {"name": "points", "source": "table", "transform": [
            {"type": "fold", "fields": ["precision", "recall", "F1", "accuracy"], "as": ["s", "y"]}]}
    ],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "zero": false, "domain": {"data": "table", "field": "t"}},
        {"name": "y", "type": "linear", "range": "height", "domain": [0, 1]},
        {"name": "color", "type": "ordinal", "domain": ["precision", "recall", "F1", "accuracy"],
         "range": ["var(--one)", "var(--two)", "var(--three)", "var(--muted)"]}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "title": "threshold", "tickCount": {"signal": "ceil(width / 80)"}},
        {"scale": "y", "orient": "left", "grid": true, "domain": false, "ticks": false, "tickCount": 5, "format": "~%"}
    ],
    "legends": [{"stroke": "color", "symbolType": "stroke", "orient": "top", "direction": "horizontal",
                 "columns": {"signal": "width < 360 ? 2 : 4"}}],
    "marks": [
        {"type": "rule", "encode": {"update": {
            "x": {"scale": "x", "signal": "chosen"}, "y": {"value": 0}, "y2": {"signal": "height"},
            "stroke": {"value": "var(--muted)"}, "strokeDash": {"value": [3, 3]}}}},
        {"type": "group", "from": {"facet": {"name": "curve", "data": "points", "groupby": "s"}}, "marks": [
            {"type": "line", "from": {"data": "curve"}, "encode": {"update": {
                "x": {"scale": "x", "field": "t"}, "y": {"scale": "y", "field": "y"},
                "stroke": {"scale": "color", "field": "s"}, "strokeWidth": {"value": 2},
                "strokeJoin": {"value": "round"}}}}]},
        {"type": "rule", "encode": {"update": {
            "x": {"scale": "x", "signal": "now"}, "y": {"value": 0}, "y2": {"signal": "height"},
            "stroke": {"value": "var(--ink)"}, "strokeWidth": {"value": 1.5}}}}
    ]
});
