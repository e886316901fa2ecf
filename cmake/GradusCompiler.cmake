# How Gradus is compiled. `gradus_warnings` is for everything in this tree, `gradus_build` for the
# library's own sources.

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(gradus_warnings INTERFACE)
target_compile_options(gradus_warnings INTERFACE -Wall -Wextra -Wconversion)
# Whole constants are unnamed enumerations here, and many a one is a size that drawings compute with, which clang 19
# takes for a slip.
include(CheckCCompilerFlag)
check_c_compiler_flag(-Wenum-float-conversion GRADUS_ENUM_FLOAT_CONVERSION)
if(GRADUS_ENUM_FLOAT_CONVERSION)
  target_compile_options(gradus_warnings INTERFACE -Wno-enum-float-conversion)
endif()

# A compiler nobody has tried yet may know a warning we have not met; that must not stop a newcomer.
set(werror ${GRADUS_WERROR})
if(GRADUS_WERROR STREQUAL "TESTED")
  set(werror OFF)
  string(REGEX MATCH "^[0-9]+" major "${CMAKE_C_COMPILER_VERSION}")
  if("${CMAKE_C_COMPILER_ID} ${major}" MATCHES "^(GNU (11|12|14|16)|Clang (14|19))$")
    set(werror ON)
  endif()
endif()
if(werror)
  target_compile_options(gradus_warnings INTERFACE -Werror)
endif()

if(GRADUS_SANITIZE)
  add_compile_options(-fsanitize=${GRADUS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1)
  add_compile_definitions(GD_ASSERTS)
  add_link_options(-fsanitize=${GRADUS_SANITIZE})
else()
  add_link_options(-Wl,--as-needed)
endif()

add_library(gradus_build INTERFACE)
target_link_libraries(gradus_build INTERFACE gradus_warnings)
target_include_directories(gradus_build INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(gradus_build INTERFACE _GNU_SOURCE)
# Math functions need not set errno, and no one looks at the flags of floating-point exceptions (so that loops
# vectorise); nothing else of IEEE arithmetic is given up.
target_compile_options(gradus_build INTERFACE -fno-math-errno -fno-trapping-math)
# OpenMP's pragmas for vector loops, without its threads: see src/cpu/simd.h.
check_c_compiler_flag(-fopenmp-simd GRADUS_SIMD_PRAGMAS)
if(GRADUS_SIMD_PRAGMAS)
  target_compile_options(gradus_build INTERFACE -fopenmp-simd)
  target_compile_definitions(gradus_build INTERFACE GD_SIMD_PRAGMAS=1)
endif()
