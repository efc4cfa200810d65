# What is installed, in two components:
#
#   wheel         what the Python package holds beside language/
#   development   the library for C programs, and all that a repository with
#                 passes of its own is built with; works wherever it is moved
#
#   lib/, bin/, include/     libTritonExtPassInfra.so, triton-ext-opt, the C header
#   lib/pkgconfig/           triton-ext.pc
#   lib/cmake/TritonExt/     find_package(TritonExt): see TritonExtConfig.cmake.in
#   lib/triton-ext/          TRITON_EXT_ROOT: headers, templates and what every
#                            library is made of, laid out like the checkout, and
#                            archives in lib/
include_guard()
include(CMakePackageConfigHelpers)

set(_header "${PROJECT_SOURCE_DIR}/infra/include/triton_ext/triton_ext.h")
install(TARGETS TritonExtPassInfra LIBRARY DESTINATION lib COMPONENT wheel)
install(TARGETS triton-ext-opt RUNTIME DESTINATION bin COMPONENT wheel)
install(FILES "${_header}" DESTINATION include/triton_ext COMPONENT wheel)

# Only a file at the root of site-packages is read at Python's start.
if(SKBUILD)
  install(FILES "${PROJECT_SOURCE_DIR}/language/triton_ext.pth" DESTINATION "${SKBUILD_PLATLIB_DIR}" COMPONENT wheel)
endif()

# Everything below.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
set(_package lib/cmake/TritonExt)
set(_root lib/triton-ext)

# For C programs.
set_target_properties(TritonExtPassInfra PROPERTIES EXPORT_NAME TritonExt)
target_include_directories(TritonExtPassInfra INTERFACE $<INSTALL_INTERFACE:include>)
install(TARGETS TritonExtPassInfra EXPORT TritonExtTargets LIBRARY DESTINATION lib)
install(TARGETS triton-ext-opt RUNTIME DESTINATION bin)
install(FILES "${_header}" DESTINATION include/triton_ext)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION share/doc/triton-ext)
install(EXPORT TritonExtTargets NAMESPACE TritonExt:: DESTINATION ${_package})
configure_file(cmake/triton-ext.pc.in triton-ext.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/triton-ext.pc" DESTINATION lib/pkgconfig)

# For repositories with passes.
get_property(_libraries GLOBAL PROPERTY TRITON_EXT_LIBRARIES)
install(TARGETS ${_libraries} EXPORT TritonExtPassesTargets
  ARCHIVE DESTINATION ${_root}/lib OBJECTS DESTINATION ${_root}/lib)
install(EXPORT TritonExtPassesTargets NAMESPACE TritonExt:: DESTINATION ${_package})
get_property(_tool GLOBAL PROPERTY TRITON_EXT_REGISTRY_TOOL)
install(PROGRAMS "${_tool}" DESTINATION bin)

foreach(_folder dialects infra/include/triton_ext)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${_folder}/" DESTINATION ${_root}/${_folder}
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN triton_ext.h EXCLUDE)
endforeach()
install(DIRECTORY "${PROJECT_BINARY_DIR}/dialects/" DESTINATION ${_root}/dialects
  FILES_MATCHING PATTERN "*.h.inc" PATTERN CMakeFiles EXCLUDE)
foreach(_file infra/capi/exports.map infra/registry/Catalogue.h infra/registry/KnobText.h
    infra/support/Version.cpp.in infra/support/Version.h test/lit.common.py
    test/lit.site.cfg.py.in)
  get_filename_component(_folder "${_file}" DIRECTORY)
  install(FILES "${PROJECT_SOURCE_DIR}/${_file}" DESTINATION ${_root}/${_folder})
endforeach()

configure_package_config_file(cmake/TritonExtConfig.cmake.in TritonExtConfig.cmake
  INSTALL_DESTINATION ${_package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(TritonExtConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/TritonExtConfig.cmake"
  "${PROJECT_BINARY_DIR}/TritonExtConfigVersion.cmake"
  cmake/TritonExt.cmake cmake/TritonExtBuildHash.cmake cmake/TritonExtRegistry.cmake
  cmake/TritonExtToolchain.cmake DESTINATION ${_package})
