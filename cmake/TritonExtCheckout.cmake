# What holds in a checkout of this project alone, where the installed package
# has TritonExtConfig.cmake: everything of ours is in the checkout, and the
# registry tool is built before there is anything to configure.
include_guard()

set(TRITON_EXT_ROOT "${PROJECT_SOURCE_DIR}")

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Folders of a checkout and of its build differ from clone to clone, and the
  # language of warnings from shell to shell (a Python without one sets LC_CTYPE
  # for what it starts); the objects do not.
  set(_ccache "${CMAKE_COMMAND}" -E env
    "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime,locale"
    "${CCACHE_PROGRAM}")
  set(CMAKE_C_COMPILER_LAUNCHER ${_ccache})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${_ccache})
endif()

# triton_ext_build_registry_tool()
#
# Builds triton-ext-registry, unless it is there and its sources are the same.
# Configuring needs it, so it cannot wait for the build.
function(triton_ext_build_registry_tool)
  set(folder "${TRITON_EXT_ROOT}/infra/registry")
  set(tool "${PROJECT_BINARY_DIR}/bin/triton-ext-registry")
  # It is installed, and runs where the library runs.
  set(sources "${folder}/main.cpp" "${TRITON_EXT_ROOT}/infra/support/Arc4Random.c")
  set(inputs ${sources})
  foreach(name Emit KnobText PlainText Schema Spelling YamlFile)
    list(APPEND sources "${folder}/${name}.cpp")
    list(APPEND inputs "${folder}/${name}.cpp" "${folder}/${name}.h")
  endforeach()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  set_property(GLOBAL PROPERTY TRITON_EXT_REGISTRY_TOOL "${tool}")

  find_package(yaml-cpp QUIET)
  if(NOT yaml-cpp_FOUND)
    message(FATAL_ERROR "found no yaml-cpp, expected it: "
                        "apt-get install libyaml-cpp-dev")
  endif()
  find_library(TRITON_EXT_YAML_CPP libyaml-cpp.a)
  mark_as_advanced(TRITON_EXT_YAML_CPP)
  set(yaml yaml-cpp)
  if(TRITON_EXT_YAML_CPP)
    set(yaml "${TRITON_EXT_YAML_CPP}")
  endif()

  set(hash "${CMAKE_CXX_COMPILER}" "${yaml}")
  foreach(input ${inputs})
    file(SHA256 "${input}" one)
    string(APPEND hash ${one})
  endforeach()
  string(SHA256 hash "${hash}")
  if(EXISTS "${tool}" AND TRITON_EXT_REGISTRY_TOOL_HASH STREQUAL hash)
    return()
  endif()

  message(STATUS "Building triton-ext-registry")
  set(launcher "")
  if(CCACHE_PROGRAM)
    set(launcher "-DCMAKE_CXX_COMPILER_LAUNCHER=${CCACHE_PROGRAM}")
  endif()
  # It runs once a configure: fast to build counts, fast to run does not. No -g,
  # which would write down where it was built.
  set(CMAKE_TRY_COMPILE_CONFIGURATION Debug)
  set(CMAKE_C_FLAGS_DEBUG "")
  set(CMAKE_CXX_FLAGS_DEBUG "")
  unset(TRITON_EXT_REGISTRY_TOOL_BUILT CACHE)
  try_compile(TRITON_EXT_REGISTRY_TOOL_BUILT
    "${PROJECT_BINARY_DIR}/registry-tool"
    SOURCES ${sources}
    CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${TRITON_EXT_ROOT}" ${launcher}
    LINK_OPTIONS -static-libstdc++ -static-libgcc -s
    LINK_LIBRARIES "${yaml}"
    C_STANDARD 11
    CXX_STANDARD 17
    CXX_STANDARD_REQUIRED ON
    OUTPUT_VARIABLE log
    COPY_FILE "${tool}")
  if(NOT TRITON_EXT_REGISTRY_TOOL_BUILT)
    message(FATAL_ERROR "triton-ext-registry does not build:\n${log}")
  endif()
  set(TRITON_EXT_REGISTRY_TOOL_HASH "${hash}" CACHE INTERNAL
    "What the registry tool was built from")
endfunction()

triton_ext_build_registry_tool()
