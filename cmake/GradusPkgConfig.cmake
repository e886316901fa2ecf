# The pkg-config file finds its own prefix, so an installed tree may be moved.
file(RELATIVE_PATH GRADUS_PREFIX_FROM_PC
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
list(JOIN GRADUS_PRIVATE_LIBRARIES " " GRADUS_PC_PRIVATE_LIBRARIES)
configure_file(${PROJECT_SOURCE_DIR}/gradus.pc.in ${PROJECT_BINARY_DIR}/gradus.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gradus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
# pkg-config prefers this one where PKG_CONFIG_PATH names the build directory: the library as it was built.
file(WRITE ${PROJECT_BINARY_DIR}/gradus-uninstalled.pc
  "Name: gradus
Description: ${PROJECT_DESCRIPTION}, not installed
Version: ${PROJECT_VERSION}
Cflags: -I${PROJECT_SOURCE_DIR}/include
Libs: -L${PROJECT_BINARY_DIR} -lgradus -Wl,-rpath,${PROJECT_BINARY_DIR}
")
