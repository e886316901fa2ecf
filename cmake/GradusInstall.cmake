# make install: headers, both libraries, the command, the manual page, recipes, pkg-config file and CMake package.
include(CMakePackageConfigHelpers)

install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradus)
install(TARGETS gradus gradus_static EXPORT gradus
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET gradus_command)
  install(TARGETS gradus_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/gradus.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/gradus FILES_MATCHING PATTERN *.yaml)

# The pkg-config file finds its own prefix, so an installed tree may be moved.
file(RELATIVE_PATH GRADUS_PREFIX_FROM_PC
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
list(JOIN GRADUS_PRIVATE_LIBRARIES " " GRADUS_PC_PRIVATE_LIBRARIES)
configure_file(${PROJECT_SOURCE_DIR}/gradus.pc.in ${PROJECT_BINARY_DIR}/gradus.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gradus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gradus)
install(EXPORT gradus NAMESPACE gradus:: FILE gradusTargets.cmake DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/gradusConfig.cmake.in
  ${PROJECT_BINARY_DIR}/gradusConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gradusConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gradusConfig.cmake ${PROJECT_BINARY_DIR}/gradusConfigVersion.cmake
  DESTINATION ${package_dir})
