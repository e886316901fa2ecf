# The libraries Gradus borrows. libyaml, jansson and zlib are required; the others make it faster or read more kinds of
# files, and each is known to the sources as GD_HAVE_<NAME>=1 when it is there.

# gradus_dependencies: what must be linked; gradus_build, by which the library's own sources are compiled, takes it over.
# GRADUS_PRIVATE_LIBRARIES: the same as -l flags, for those who link the installed static library.
add_library(gradus_dependencies INTERFACE)
target_link_libraries(gradus_build INTERFACE gradus_dependencies)
set(GRADUS_PRIVATE_LIBRARIES "")
set(GRADUS_PRESENT "")
set(GRADUS_ABSENT "")
set(GRADUS_MISSING "")

# A library that is a header and a file: makes the target `target`, or leaves it undefined.
function(gradus_find_library target header library)
  string(MAKE_C_IDENTIFIER ${library} id)
  find_path(${id}_INCLUDE ${header})
  find_library(${id}_LIBRARY ${library})
  mark_as_advanced(${id}_INCLUDE ${id}_LIBRARY)
  if(${id}_INCLUDE AND ${id}_LIBRARY)
    add_library(${target} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES
      IMPORTED_LOCATION ${${id}_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${${id}_INCLUDE})
  endif()
endfunction()

# The name by which programs load a library.
function(gradus_soname variable library)
  get_filename_component(soname ${library} NAME)
  if(CMAKE_READELF)
    execute_process(COMMAND ${CMAKE_READELF} -d ${library} OUTPUT_VARIABLE dynamic ERROR_QUIET)
    if(dynamic MATCHES "\\(SONAME\\)[^\n]*\\[([^]\n]+)\\]")
      set(soname ${CMAKE_MATCH_1})
    endif()
  endif()
  set(${variable} ${soname} PARENT_SCOPE)
endfunction()

macro(gradus_require target header library package)
  gradus_find_library(${target} ${header} ${library})
  if(TARGET ${target})
    target_link_libraries(gradus_dependencies INTERFACE ${target})
    list(APPEND GRADUS_PRIVATE_LIBRARIES -l${library})
  else()
    list(APPEND GRADUS_MISSING ${package})
  endif()
endmacro()

macro(gradus_have name target flag)
  target_link_libraries(gradus_dependencies INTERFACE ${target})
  target_compile_definitions(gradus_build INTERFACE GD_HAVE_${name}=1)
  list(APPEND GRADUS_PRIVATE_LIBRARIES ${flag})
endmacro()

# A library that is used where it is there, with what is said in both cases.
macro(gradus_may_have name target header library present absent)
  gradus_find_library(${target} ${header} ${library})
  if(TARGET ${target})
    gradus_have(${name} ${target} -l${library})
    list(APPEND GRADUS_PRESENT "${present}")
  else()
    list(APPEND GRADUS_ABSENT "${absent}")
  endif()
endmacro()

gradus_require(JSON::jansson jansson.h jansson libjansson-dev)
if(NOT GRADUS_MINIMAL)
  gradus_require(YAML::yaml yaml.h yaml libyaml-dev)
  gradus_require(ZIP::zlib zlib.h z zlib1g-dev)
endif()
if(GRADUS_MISSING)
  list(JOIN GRADUS_MISSING " " missing)
  message(FATAL_ERROR "Gradus needs libraries that are not installed. On Debian and Ubuntu: apt-get install ${missing}\n"
    "`tools/bootstrap.sh` installs everything at once.")
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
target_link_libraries(gradus_dependencies INTERFACE Threads::Threads)
list(APPEND GRADUS_PRIVATE_LIBRARIES -pthread)
if(GRADUS_MINIMAL)
  target_link_libraries(gradus_dependencies INTERFACE m)
  list(APPEND GRADUS_PRIVATE_LIBRARIES -lm)
  return() # and borrows nothing else
endif()

# Not by oneDNN's own CMake package: Debian's stops the configuration where no OpenCL headers are installed.
if(GRADUS_DNNL)
  gradus_find_library(DNNL::dnnl dnnl.h dnnl)
endif()
if(TARGET DNNL::dnnl)
  set(version "")
  foreach(header dnnl_version.h oneapi/dnnl/dnnl_version.h)
    if(NOT version AND EXISTS ${dnnl_INCLUDE}/${header})
      file(STRINGS ${dnnl_INCLUDE}/${header} lines REGEX "define DNNL_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
      string(REGEX MATCHALL "[0-9]+" version "${lines}")
      list(JOIN version "." version)
    endif()
  endforeach()
  if(NOT version MATCHES "^(2\\.[67]|3\\.[0-9]+)(\\.|$)")
    message(FATAL_ERROR "Gradus knows oneDNN 2.6, 2.7 and 3, but the one in ${dnnl_INCLUDE} is of version "
      "'${version}'. Install another, or build without it: make DNNL=OFF (cmake -DGRADUS_DNNL=OFF).")
  endif()
  gradus_have(DNNL DNNL::dnnl -ldnnl)
  list(APPEND GRADUS_PRESENT "oneDNN ${version}: fast convolutions and matrix products")
elseif(NOT GRADUS_DNNL)
  list(APPEND GRADUS_ABSENT "oneDNN, which was switched off: everything runs, much slower")
else()
  list(APPEND GRADUS_ABSENT "oneDNN: everything runs, much slower (Debian: libdnnl-dev)")
endif()

gradus_may_have(JPEG JPEG::libjpeg jpeglib.h jpeg "libjpeg: reads JPEG pictures"
  "libjpeg: JPEG pictures are not read (Debian: libjpeg-dev)")
gradus_may_have(PNG LIBPNG::libpng png.h png "libpng: reads PNG pictures"
  "libpng: PNG pictures are not read (Debian: libpng-dev)")

# libxml2 keeps its headers in a folder of its own.
find_path(xml2_INCLUDE libxml/parser.h PATH_SUFFIXES libxml2)
gradus_may_have(XML XML::xml2 libxml/parser.h xml2 "libxml2: reads annotations of Pascal VOC"
  "libxml2: annotations of Pascal VOC are not read (Debian: libxml2-dev)")
gradus_may_have(SNDFILE SndFile::sndfile sndfile.h sndfile "libsndfile: reads WAV and FLAC sounds"
  "libsndfile: sounds are not read (Debian: libsndfile1-dev)")
gradus_may_have(SAMPLERATE SampleRate::samplerate samplerate.h samplerate "libsamplerate: resamples sounds"
  "libsamplerate: sounds are not resampled (Debian: libsamplerate0-dev)")
gradus_may_have(KISSFFT kissfft::kissfft kissfft/kiss_fftr.h kissfft-float "kissfft: spectrograms of sounds"
  "kissfft: no spectrograms (Debian: libkissfft-dev)")

# HDF5 is loaded when the first such file is read (src/io/hdf5_library.h), so only its headers and its name are needed
# here. Debian keeps its serial build in folders of its own.
find_path(hdf5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(hdf5_LIBRARY NAMES libhdf5_serial.so libhdf5.so PATH_SUFFIXES hdf5/serial)
gradus_find_library(HDF5::hdf5 hdf5.h hdf5)
if(TARGET HDF5::hdf5)
  gradus_soname(soname ${hdf5_LIBRARY})
  target_include_directories(gradus_build SYSTEM INTERFACE ${hdf5_INCLUDE})
  target_compile_definitions(gradus_build INTERFACE GD_HAVE_HDF5=1 GD_HDF5_SONAME="${soname}")
  target_link_libraries(gradus_dependencies INTERFACE ${CMAKE_DL_LIBS})
  foreach(library ${CMAKE_DL_LIBS})
    list(APPEND GRADUS_PRIVATE_LIBRARIES -l${library})
  endforeach()
  list(APPEND GRADUS_PRESENT "HDF5: reads .h5 files")
else()
  list(APPEND GRADUS_ABSENT "HDF5: no .h5 files (Debian: libhdf5-dev)")
endif()

# Apache Arrow's GLib library for Parquet, in the same way (src/io/parquet_library.h): pkg-config knows its headers and
# those of Arrow's and GLib's that they include.
if(NOT GRADUS_PARQUET MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "GRADUS_PARQUET is '${GRADUS_PARQUET}'; AUTO, ON or OFF was expected.")
endif()
set(parquet_SONAME "")
if(NOT GRADUS_PARQUET STREQUAL "OFF")
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(parquet QUIET parquet-glib>=8.0 arrow-glib gobject-2.0 glib-2.0)
  endif()
  if(parquet_FOUND)
    find_library(parquet_LIBRARY parquet-glib HINTS ${parquet_LIBRARY_DIRS})
    mark_as_advanced(parquet_LIBRARY)
    gradus_soname(parquet_SONAME ${parquet_LIBRARY})
  endif()
endif()
if(parquet_SONAME)
  target_include_directories(gradus_build SYSTEM INTERFACE ${parquet_INCLUDE_DIRS})
  target_compile_definitions(gradus_build INTERFACE GD_HAVE_PARQUET=1 GD_PARQUET_SONAME="${parquet_SONAME}")
  target_link_libraries(gradus_dependencies INTERFACE ${CMAKE_DL_LIBS})
  foreach(library ${CMAKE_DL_LIBS})
    list(APPEND GRADUS_PRIVATE_LIBRARIES -l${library})
  endforeach()
  list(APPEND GRADUS_PRESENT "Apache Arrow's GLib library ${parquet_parquet-glib_VERSION}: reads .parquet files")
elseif(GRADUS_PARQUET STREQUAL "ON")
  message(FATAL_ERROR "Apache Arrow's GLib library (parquet-glib, 8.0 or later) was not found by pkg-config.")
else()
  list(APPEND GRADUS_ABSENT
    "Apache Arrow's GLib library: no .parquet files (Fedora: parquet-glib-devel; Debian: libparquet-glib-dev from Apache's own packages)")
endif()

gradus_find_library(LBFGS::lbfgs lbfgs.h lbfgs)
if(TARGET LBFGS::lbfgs)
  gradus_have(LBFGS LBFGS::lbfgs -llbfgs)
  list(APPEND GRADUS_PRESENT "liblbfgs: the optimizer lbfgs")
else()
  list(APPEND GRADUS_ABSENT "liblbfgs: no optimizer lbfgs (Debian: liblbfgs-dev)")
endif()

target_link_libraries(gradus_dependencies INTERFACE m)
list(APPEND GRADUS_PRIVATE_LIBRARIES -lm)
