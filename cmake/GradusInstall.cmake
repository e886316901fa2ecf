# make install: headers, both libraries, the command, the manual page, recipes, pkg-config file and CMake package.
include(CMakePackageConfigHelpers)

install(FILES ${headers} ${PROJECT_SOURCE_DIR}/include/gradus/gradus.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradus)
install(TARGETS gradus gradus_static EXPORT gradus
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET gradus_command)
  install(TARGETS gradus_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
# Scripts with which shells complete command lines, written by the command itself.
if(TARGET gradus_command AND NOT CMAKE_CROSSCOMPILING)
  set(completions "")
  foreach(shell bash zsh fish)
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/completion.${shell}
      COMMAND gradus_command completion ${shell} > ${PROJECT_BINARY_DIR}/completion.${shell}
      DEPENDS gradus_command VERBATIM)
    list(APPEND completions ${PROJECT_BINARY_DIR}/completion.${shell})
  endforeach()
  add_custom_target(completions ALL DEPENDS ${completions})
  install(FILES ${PROJECT_BINARY_DIR}/completion.bash RENAME gradus
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${PROJECT_BINARY_DIR}/completion.zsh RENAME _gradus
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${PROJECT_BINARY_DIR}/completion.fish RENAME gradus.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
# Where the recipes look for it: their first line names it.
install(FILES ${PROJECT_SOURCE_DIR}/docs/recipe.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/gradus/docs)
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/gradus.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/gradus FILES_MATCHING PATTERN *.yaml)

include(GradusPkgConfig)
# pkg-config prefers this one where PKG_CONFIG_PATH names the build directory: the library as it was built.
file(WRITE ${PROJECT_BINARY_DIR}/gradus-uninstalled.pc
  "Name: gradus
Description: ${PROJECT_DESCRIPTION}, not installed
Version: ${PROJECT_VERSION}
Cflags: -I${PROJECT_SOURCE_DIR}/include
Libs: -L${PROJECT_BINARY_DIR} -lgradus -Wl,-rpath,${PROJECT_BINARY_DIR}
")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gradus)
install(EXPORT gradus NAMESPACE gradus:: FILE gradusTargets.cmake DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/gradusConfig.cmake.in
  ${PROJECT_BINARY_DIR}/gradusConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gradusConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gradusConfig.cmake ${PROJECT_BINARY_DIR}/gradusConfigVersion.cmake
  DESTINATION ${package_dir})
