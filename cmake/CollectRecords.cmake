# Writes the lists of records: for each record type the names of all constants of that type, in the order of their
# files. So a layer, a loss or a metric is one file, and no list has to be kept.
#
#     cmake -DSOURCES=<files> -DLISTS=metrics;losses;… -DOUTPUT=<directory> -P CollectRecords.cmake
#
# <directory>/metrics.def then has a line GD_RECORD(gd__metric_accuracy) for each
#     const gd_metric_kind gd__metric_accuracy = {
# A list that has not changed keeps its time, so nothing is compiled anew for it.
set(types "")
foreach(list ${LISTS})
  string(REGEX REPLACE "es$|s$" "" type ${list})
  if(NOT type MATCHES "ss$")
    string(REGEX REPLACE "s$" "" type ${list})
  endif()
  if(list MATCHES "ies$")
    string(REGEX REPLACE "ies$" "y" type ${list})
  endif()
  list(APPEND types ${type})
  set(${type}_file ${OUTPUT}/${list}.def)
  set(${type}_list "// Collected by the build: every constant of type gd_${type}_kind.\n")
endforeach()
foreach(file ${SOURCES})
  file(STRINGS ${file} lines REGEX "^const gd_[a-z]+_kind gd__?[a-z0-9_]+ = ")
  foreach(line ${lines})
    if(line MATCHES "^const gd_([a-z]+)_kind (gd__?[a-z0-9_]+) = ")
      list(FIND types ${CMAKE_MATCH_1} known)
      if(known LESS 0)
        message(FATAL_ERROR "${file}: no list of the type gd_${CMAKE_MATCH_1}_kind is kept; CMakeLists.txt names those there are")
      endif()
      string(APPEND ${CMAKE_MATCH_1}_list "GD_RECORD(${CMAKE_MATCH_2})\n")
    endif()
  endforeach()
endforeach()
foreach(type ${types})
  set(file ${${type}_file})
  set(old "")
  if(EXISTS ${file})
    file(READ ${file} old)
  endif()
  if(NOT old STREQUAL ${type}_list)
    file(WRITE ${file} "${${type}_list}")
  endif()
endforeach()
file(TOUCH ${OUTPUT}/collected)
