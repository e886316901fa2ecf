# How Gradus is compiled. `gradus_warnings` is for everything in this tree.

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
