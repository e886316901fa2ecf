#include "figure/page.h"
#include "figure/specification.h"

// clang-format off

const char gd__page_script[] = GD__VERBATIM(
(function () {
    "use strict";
    const font = getComputedStyle(document.body).fontFamily;
    // Everything else about their looks stands in the specifications; the page's font is known only here.
    const letters = {labelFont: font, titleFont: font};
    const config = {text: {font: font}, axis: letters, legend: letters};

    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    document.body.appendChild(tip);

    function add(parent, tag, text) {
        const element = document.createElement(tag);
        element.textContent = text;
        parent.appendChild(element);
        return element;
    }
    function words(value, percent) {
        if (typeof value !== "number") return String(value);
        if (percent) return (100 * value).toFixed(2) + " %";
        if (Number.isInteger(value)) return value.toLocaleString("en");
        return String(Number(value.toPrecision(4)));
    }
    function tell(handler, event, item, value) {
        tip.hidden = value === null || value === undefined;
        if (tip.hidden) return;
        tip.textContent = "";
        add(tip, "b", value.title);
        for (const row of value.rows) {
            const line = add(tip, "span", "");
            add(line, "i", row.s);
            add(line, "span", words(row.y, value.percent));
        }
        const touch = event.touches && event.touches.length ? event.touches[0] : event;
        const right = document.documentElement.clientWidth - tip.offsetWidth - 8;
        tip.style.left = Math.max(8, Math.min(touch.clientX + 14, right)) + window.scrollX + "px";
        tip.style.top = touch.clientY + 16 + window.scrollY + "px";
    }

    // Paths are drawn in five seconds, once the reader asks for it; the slider shows any moment of it.
    function animate(view, controls) {
        const play = add(controls, "button", "\u25b6 play");
        const slider = document.createElement("input");
        Object.assign(slider, {type: "range", min: 0, max: 1, step: 0.002, value: 1});
        slider.setAttribute("aria-label", "how much of the paths is drawn");
        controls.appendChild(slider);
        let began = null;
        function show(progress) {
            slider.value = progress;
            view.signal("progress", progress).run();
        }
        function stop() {
            began = null;
            play.textContent = "\u25b6 play";
        }
        function step(now) {
            if (began === null) return;
            const progress = Math.min(1, (now - began) / 5000);
            show(progress);
            if (progress < 1) requestAnimationFrame(step);
            else stop();
        }
        play.addEventListener("click", function () {
            if (began !== null) return stop();
            const from = Number(slider.value);
            began = performance.now() - (from < 1 ? 5000 * from : 0);
            play.textContent = "\u275a\u275a pause";
            requestAnimationFrame(step);
        });
        slider.addEventListener("input", function () {
            stop();
            show(Number(slider.value));
        });
    }

    // The numbers below a slider are those of the row on which it stands.
    function tellPosition(view, panel) {
        function fill(position) {
            const row = view.data("table")[position];
            for (const place of panel.querySelectorAll("[data-value]")) {
                const key = place.dataset.value;
                const count = key === "tp" || key === "fp" || key === "fn" || key === "tn";
                place.textContent = key === "t" ? words(row.t) : count ? amount(row[key]) : (100 * row[key]).toFixed(1) + " %";
            }
        }
        view.addSignalListener("position", function (name, position) { fill(position); });
        const slider = panel.parentElement.querySelector("input[type=range]");
        if (slider !== null) slider.setAttribute("aria-label", "threshold");
    }
    function amount(weight) {
        return Number(weight.toPrecision(6)).toLocaleString("en", {maximumSignificantDigits: 6});
    }

    // A chart is as wide as its place, also when that changes.
    function fit(view, place) {
        const width = Math.floor(place.clientWidth);
        const height = Number(place.dataset.height);
        const aspect = Number(place.dataset.aspect);
        if (width < 40) return;
        view.width(width).height(aspect > 0 ? Math.min(height, Math.round(aspect * width)) : height).run();
    }
    // A figure grows with its place up to half as much again; it does not shrink below what can be read.
    function settle(svg) {
        const width = svg.width.baseVal.value;
        Object.assign(svg.style, {width: "100%", maxWidth: 1.5 * width + "px", minWidth: 0.6 * width + "px"});
    }
    for (const place of document.querySelectorAll(".chart")) {
        const spec = JSON.parse(document.getElementById(place.dataset.spec).textContent);
        const controls = document.createElement("div");
        controls.className = "vega-bindings";
        place.after(controls);
        const view = new vega.View(vega.parse(spec, config), {renderer: "svg", tooltip: tell, hover: true});
        view.logLevel(vega.Warn).description(place.getAttribute("aria-label")).initialize(place, controls);
        if (!place.dataset.height) {
            view.runAsync().then(function () { settle(place.querySelector("svg")); });
            if (spec.usermeta && spec.usermeta.paths) animate(view, controls);
            continue;
        }
        if (spec.usermeta && spec.usermeta.panel) tellPosition(view, place.parentElement.querySelector(".panel"));
        let drawn = 0;
        new ResizeObserver(function () {
            if (Math.floor(place.clientWidth) === drawn) return;
            drawn = Math.floor(place.clientWidth);
            fit(view, place);
        }).observe(place);
        drawn = Math.floor(place.clientWidth);
        fit(view, place);
    }
})();
);
