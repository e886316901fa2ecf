# The pkg-config file finds its own prefix, so an installed tree may be moved.
file(RELATIVE_PATH GRADUS_PREFIX_FROM_PC
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
list(JOIN GRADUS_PRIVATE_LIBRARIES " " GRADUS_PC_PRIVATE_LIBRARIES)
configure_file(${PROJECT_SOURCE_DIR}/gradus.pc.in ${PROJECT_BINARY_DIR}/gradus.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gradus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
