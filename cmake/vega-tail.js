const vega = {};
// As Vega's own index does: the transforms of every module are known to the data flow, …
const flow = require("vega-dataflow");
for (const name of ["transforms", "view-transforms", "encode", "geo", "force", "hierarchy", "label", "regression"])
    require("vega-util").extend(flow.transforms, require("vega-" + name));
// … and one object holds all that a page calls.
for (const name of ["statistics", "time", "util", "loader", "scenegraph", "dataflow", "scale", "format", "view",
                    "projection", "functions", "expression", "event-selector"])
    Object.assign(vega, require("vega-" + name));
vega.parse = require("vega-parser").parse;
vega.runtimeContext = require("vega-runtime").context;
root.vega = vega;
})(typeof globalThis !== "undefined" ? globalThis : self);
