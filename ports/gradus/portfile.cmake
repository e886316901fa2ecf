# An overlay port: it lies in the source tree, and builds the tree that it lies in.
#     vcpkg install gradus --overlay-ports=ports
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES dnnl GRADUS_DNNL)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS ${features} -DGRADUS_WERROR=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME gradus CONFIG_PATH lib/cmake/gradus)
vcpkg_fixup_pkgconfig()
vcpkg_copy_tools(TOOL_NAMES gradus AUTO_CLEAN)

# Both libraries are always built; vcpkg wants the one that its triplet asks for.
if(VCPKG_LIBRARY_LINKAGE STREQUAL "static")
  file(GLOB others "${CURRENT_PACKAGES_DIR}/lib/libgradus.so*" "${CURRENT_PACKAGES_DIR}/debug/lib/libgradus.so*")
else()
  file(GLOB others "${CURRENT_PACKAGES_DIR}/lib/libgradus.a" "${CURRENT_PACKAGES_DIR}/debug/lib/libgradus.a")
endif()
file(REMOVE ${others})
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
