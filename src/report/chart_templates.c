#include "report/chart.h"

// clang-format off

// Curves. Data: points {x, y, s}, where s is the name of the curve; raw: the same, drawn faintly behind them; dots:
// points that are marked. The point nearest to the pointer is told in the tooltip.
const char gd__chart_lines[] = GD__VERBATIM({
    "autosize": {"type": "fit", "contains": "padding"},
    "padding": {"left": 1, "top": 4, "right": 6, "bottom": 6},
    "signals": [
        {"name": "xTitle", "value": ""},
        {"name": "xFormat", "value": "d"},
        {"name": "yFormat", "value": ",~r"},
        {"name": "xDomain", "value": [0, 1]},
        {"name": "yDomain", "value": [0, 1]},
        {"name": "names", "value": []},
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
    "legends": [{"stroke": "color", "symbolType": "stroke", "orient": "top", "direction": "horizontal"}],
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
const char gd__chart_columns[] = GD__VERBATIM({
    "autosize": {"type": "fit", "contains": "padding"},
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
const char gd__chart_histogram[] = GD__VERBATIM({
    "autosize": {"type": "fit", "contains": "padding"},
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
const char gd__chart_confusion[] = GD__VERBATIM({
    "autosize": {"type": "fit", "contains": "padding"},
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
         "labelFontSize": {"signal": "clamp(bandwidth('x'), 6, 11)"}, "encode": {"labels": {"update": {"text": {"signal": "names[datum.value]"}}}}},
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
const char gd__chart_bars[] = GD__VERBATIM({
    "autosize": {"type": "fit", "contains": "padding"},
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

// Predicted against true values, with the line where they are equal. Data: points {t, p, i}: and the sample's number.
const char gd__chart_scatter[] = GD__VERBATIM({
    "autosize": {"type": "fit", "contains": "padding"},
    "padding": {"left": 1, "top": 4, "right": 6, "bottom": 6},
    "signals": [{"name": "domain", "value": [0, 1]}, {"name": "axisFormat", "value": ",~r"}],
    "data": [{"name": "points", "values": []}],
    "scales": [
        {"name": "x", "type": "linear", "range": "width", "domain": {"signal": "domain"}, "nice": true, "zero": false},
        {"name": "y", "type": "linear", "range": "height", "domain": {"signal": "domain"}, "nice": true, "zero": false}
    ],
    "axes": [
        {"scale": "x", "orient": "bottom", "grid": true, "domain": false, "title": "true", "format": {"signal": "axisFormat"},
         "tickCount": {"signal": "ceil(width / 80)"}},
        {"scale": "y", "orient": "left", "grid": true, "domain": false, "title": "predicted", "format": {"signal": "axisFormat"},
         "tickCount": 6}
    ],
    "marks": [
        {"type": "rule", "encode": {"update": {
            "x": {"value": 0}, "y": {"signal": "height"}, "x2": {"signal": "width"}, "y2": {"value": 0},
            "stroke": {"value": "var(--muted)"}, "strokeDash": {"value": [4, 4]}}}},
        {"type": "symbol", "from": {"data": "points"}, "encode": {
            "update": {
                "x": {"scale": "x", "field": "t"}, "y": {"scale": "y", "field": "p"}, "size": {"value": 22},
                "fill": {"value": "var(--one)"}, "fillOpacity": {"value": 0.45},
                "tooltip": {"signal": "{title: 'sample ' + datum.i, rows: [{s: 'true', y: datum.t}, {s: 'predicted', y: datum.p}]}"}},
            "hover": {"fillOpacity": {"value": 1}}}}
    ]
});
