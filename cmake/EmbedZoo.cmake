# cmake -DFILES=a.yaml;b.yaml -DOUTPUT=zoo_recipes.c -P EmbedZoo.cmake
#
# Writes the recipes of recipes/zoo as a C source (src/model/zoo.h says what is in it): their text, and a list of the
# networks that they define, which are the blocks that say what they are (`doc`, directly below the name).

set(files "")
set(networks "")
set(texts "")
set(place 0)
foreach(file ${FILES})
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" text)
  string(REGEX MATCHALL "\n  [a-z0-9_]+:\n    doc: [^\n]*" found "${text}")
  if(found)
    foreach(entry IN LISTS found)
      string(REGEX REPLACE "\n  ([a-z0-9_]+):\n    doc: (.*)" "    {\"\\1\", \"\\2\", ${place}},\n" line "${entry}")
      string(APPEND networks "${line}")
    endforeach()
    file(READ "${file}" bytes HEX)
    string(REGEX REPLACE "(................................)" "\\1\n   " bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" " 0x\\1," bytes "${bytes}")
    string(APPEND texts "static const unsigned char text${place}[] = {\n   ${bytes} 0x00};\n\n")
    string(APPEND files "    {\"zoo/${name}\", text${place}, sizeof text${place} - 1},\n")
    math(EXPR place "${place} + 1")
  endif()
endforeach()

file(WRITE "${OUTPUT}" "// Written by cmake/EmbedZoo.cmake from recipes/zoo.
#include \"model/zoo.h\"

${texts}const gd__zoo_file gd__zoo_files[] = {
${files}};

const gd__zoo_network gd__zoo_networks[] = {
${networks}    {0}};
")
