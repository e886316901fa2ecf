// Vega, (c) University of Washington Interactive Data Lab, BSD 3-Clause Licence; with parts of D3, (c) Mike Bostock.
(function (root) {
"use strict";
// Vega's modules, each behind its name, and what they make when they are first asked for. Map projections want one
// function of a library that is not in the package; charts do not need it, so an empty module stands for it.
const write = {}, made = {};
function require(name) {
    if (!(name in made)) {
        made[name] = {};
        if (name in write) write[name](made[name], {}, require);
    }
    return made[name];
}
