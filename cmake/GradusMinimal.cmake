# GRADUS_MINIMAL: one static library, libgradus.a, to be linked into other programs, and nothing else. What a program does
# not call is left out of it when it is linked with -Wl,--gc-sections.
add_library(gradus_static STATIC ${sources})
add_dependencies(gradus_static gradus_records)
target_link_libraries(gradus_static PRIVATE gradus_build)
target_include_directories(gradus_static PRIVATE ${GRADUS_RECORDS})
target_compile_definitions(gradus_static PRIVATE GD__MINIMAL=1)
target_compile_options(gradus_static PRIVATE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables)
# Small code serves all but the loops over numbers in the room cpu: plain ones, which gcc makes vector code of when told,
# as clang does of its own, and some written with vectors.
set(plain_loops "chain_f32|kernel_(layer_norm|loss|move|pool|random|softmax)|reduction_loops|softmax_row|strided")
set(vector_loops "(direct|gemm|norm|pool)_kernel|direct_(run|gradient)|kernel_(matmul|recurrent)|own_norm|recurrent|row_matmul")
foreach(file ${sources})
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND file MATCHES "/src/cpu/(${plain_loops})\\.c$")
    set(optimise -O2 -ftree-vectorize -fvect-cost-model=dynamic)
  elseif(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND file MATCHES "/src/cpu/(${vector_loops})\\.c$")
    set(optimise -O2)
  else()
    set(optimise -Os)
  endif()
  set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS "${optimise}")
endforeach()
set_target_properties(gradus_static PROPERTIES OUTPUT_NAME gradus C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)

# make install: headers, the library, and what pkg-config says of it.
install(FILES ${headers} ${PROJECT_SOURCE_DIR}/include/gradus/gradus.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradus)
install(TARGETS gradus_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
include(GradusPkgConfig)
