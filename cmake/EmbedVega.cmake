# cmake -DFILES=a.js,b.js -DHEAD=… -DTAIL=… -DOUTPUT=vega.js -P EmbedVega.cmake
#
# Writes OUTPUT, the JavaScript that goes into a page, and OUTPUT.c, which embeds it. One file is Vega as its authors
# ship it. Several are the modules of Debian's package, which has no all-in-one file: each is a function of
# (exports, module, require), so they are kept apart behind a tiny `require`, between HEAD and TAIL.

string(REPLACE "," ";" FILES "${FILES}")
list(LENGTH FILES count)

function(read_script file result)
  file(READ "${file}" text)
  string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" text "${text}")
  # The page holds the script between <script> and </script>.
  string(REPLACE "</script" "<\\/script" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

if(count EQUAL 1)
  read_script("${FILES}" text)
  file(WRITE "${OUTPUT}" "${text}")
else()
  file(READ "${HEAD}" text)
  file(WRITE "${OUTPUT}" "${text}")
  foreach(file ${FILES})
    get_filename_component(name "${file}" NAME)
    string(REGEX REPLACE "(\\.min)?\\.js$" "" name "${name}")
    # Its users know this one by the plural.
    string(REGEX REPLACE "^vega-selection$" "vega-selections" name "${name}")
    read_script("${file}" text)
    file(APPEND "${OUTPUT}" "write[\"${name}\"] = function (exports, module, require) {\n${text}\n};\n")
  endforeach()
  file(READ "${TAIL}" text)
  file(APPEND "${OUTPUT}" "${text}")
endif()

file(SIZE "${OUTPUT}" size)
file(WRITE "${OUTPUT}.c" "#include <stddef.h>

extern const unsigned char gd__vega_js[];
extern const size_t gd__vega_js_size;

const size_t gd__vega_js_size = ${size};
// The byte after the text is zero.
__asm__(\".pushsection .rodata\\n\"
        \".hidden gd__vega_js\\n\"
        \".globl gd__vega_js\\n\"
        \"gd__vega_js:\\n\"
        \".incbin \\\"${OUTPUT}\\\"\\n\"
        \".byte 0\\n\"
        \".popsection\\n\");
")
