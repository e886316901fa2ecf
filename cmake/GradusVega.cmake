# The Vega chart library, embedded so that a report is one file that needs no network:
#
#     extern const unsigned char gd__vega_js[];       JavaScript, then a zero byte
#     extern const size_t gd__vega_js_size;           bytes, without the zero
#
# defined when GD_HAVE_VEGA is. GRADUS_VEGA_SOURCE is the generated source file, or empty.
set(GRADUS_VEGA_SOURCE "")
set(GRADUS_VEGA_DIR /usr/share/javascript/vega CACHE PATH "The folder of vega.min.js, or of Vega's modules")

set(files "")
set(modules canvas dataflow encode event-selector expression force format functions geo hierarchy label loader parser
  projection regression runtime scale scenegraph selection statistics time transforms util view view-transforms)
if(EXISTS ${GRADUS_VEGA_DIR}/vega.min.js)
  set(files ${GRADUS_VEGA_DIR}/vega.min.js)
else()
  foreach(module ${modules})
    if(EXISTS ${GRADUS_VEGA_DIR}/vega-${module}.min.js)
      list(APPEND files ${GRADUS_VEGA_DIR}/vega-${module}.min.js)
    endif()
  endforeach()
  list(LENGTH files found)
  list(LENGTH modules wanted)
  if(found LESS wanted)
    set(files "")
  endif()
endif()

if(GRADUS_VEGA AND files)
  set(output ${PROJECT_BINARY_DIR}/vega.js)
  set(script ${PROJECT_SOURCE_DIR}/cmake)
  string(REPLACE ";" "," joined "${files}")
  add_custom_command(
    OUTPUT ${output} ${output}.c
    COMMAND ${CMAKE_COMMAND} "-DFILES=${joined}" -DHEAD=${script}/vega-head.js -DTAIL=${script}/vega-tail.js
      -DOUTPUT=${output} -P ${script}/EmbedVega.cmake
    DEPENDS ${files} ${script}/EmbedVega.cmake ${script}/vega-head.js ${script}/vega-tail.js
    COMMENT "Embedding Vega"
    VERBATIM)
  set(GRADUS_VEGA_SOURCE ${output}.c)
  set_source_files_properties(${output}.c PROPERTIES OBJECT_DEPENDS ${output})
  target_compile_definitions(gradus_build INTERFACE GD_HAVE_VEGA=1)
  list(APPEND GRADUS_PRESENT "Vega: reports have charts")
else()
  list(APPEND GRADUS_ABSENT "Vega: reports have tables and no charts (Debian: libjs-vega)")
endif()
