// Draws the figures of the course: each specification in `figures`, {name, spec}, becomes a "pre" element whose id is
// the name and whose text is the SVG, on a line of its own; the one with the id "failed" says what went wrong. The page
// that includes this has loaded Vega before.
(async function () {
    "use strict";
    function put(id, text) {
        const place = document.createElement("pre");
        place.id = id;
        place.textContent = text;
        document.body.appendChild(place);
        document.body.appendChild(document.createTextNode("\n"));
    }
    // Hundredths of a pixel are enough, and the files become half as long. Texts stay as they are.
    function rounded(svg) {
        return svg.replace(/<[^>]*>/g, function (tag) {
            return tag.replace(/(-?\d+\.\d{3,}(?:e-?\d+)?)/g, function (number) {
                return String(Math.round(100 * Number(number)) / 100);
            });
        });
    }
    const failed = [];
    for (const figure of figures) {
        try {
            vega.resetSVGDefIds(); // names inside a picture do not depend on the pictures drawn before it
            const view = new vega.View(vega.parse(figure.spec), {renderer: "none"});
            put(figure.name, rounded(await view.toSVG()));
        } catch (error) {
            failed.push(figure.name + ": " + error.message);
        }
    }
    put("failed", failed.join("\n"));
    document.title = "done";
})();
