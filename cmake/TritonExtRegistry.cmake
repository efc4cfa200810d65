# The catalogue at configure time: registry.yaml is checked against its schema
# and against the folders, and its code is written into the build folder. A
# mistake stops configuring at its file and line.
#
#   triton_ext_build_registry_tool()
#   triton_ext_scope(NAME nvidia BACKEND cuda)        # backends/nvidia
#   triton_ext_generate_pass(LoopSplit "${out}/LoopSplit")
#   triton_ext_check_registry(FILE registry.yaml OUT "${out}" FOLDERS ${declared})
include_guard()

set_property(GLOBAL PROPERTY TRITON_EXT_SCOPES "")

# triton_ext_build_registry_tool()
#
# Builds triton-ext-registry, unless it is there and its sources are the same.
# Configuring needs it, so it cannot wait for the build.
function(triton_ext_build_registry_tool)
  set(folder "${CMAKE_SOURCE_DIR}/infra/registry")
  set(tool "${CMAKE_BINARY_DIR}/bin/triton-ext-registry")
  set(sources "")
  foreach(name main Emit KnobText PlainText Schema Spelling YamlFile)
    list(APPEND sources "${folder}/${name}.cpp")
  endforeach()
  set(inputs ${sources})
  foreach(name Emit KnobText PlainText Schema Spelling YamlFile)
    list(APPEND inputs "${folder}/${name}.h")
  endforeach()
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}"
    APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  set_property(GLOBAL PROPERTY TRITON_EXT_REGISTRY_TOOL "${tool}")

  find_package(yaml-cpp QUIET)
  if(NOT yaml-cpp_FOUND)
    message(FATAL_ERROR "found no yaml-cpp, expected it: "
                        "apt-get install libyaml-cpp-dev")
  endif()

  set(hash "${CMAKE_CXX_COMPILER}")
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
  # It runs once a configure: fast to build counts, fast to run does not.
  set(CMAKE_TRY_COMPILE_CONFIGURATION Debug)
  unset(TRITON_EXT_REGISTRY_TOOL_BUILT CACHE)
  try_compile(TRITON_EXT_REGISTRY_TOOL_BUILT
    "${CMAKE_BINARY_DIR}/registry-tool"
    SOURCES ${sources}
    CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${CMAKE_SOURCE_DIR}" ${launcher}
    LINK_LIBRARIES yaml-cpp
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

# triton_ext_scope(NAME nvidia BACKEND cuda)
#
# Said once, in backends/<name>/CMakeLists.txt: the GPUTarget.backend that the
# folders below it are for.
function(triton_ext_scope)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;BACKEND" "")
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}/backends"
    "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT ARG_NAME STREQUAL folder)
    message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}/CMakeLists.txt: found the "
      "scope '${ARG_NAME}', expected the folder's name '${folder}'")
  endif()
  if(NOT ARG_BACKEND)
    message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}/CMakeLists.txt: found the "
      "scope '${ARG_NAME}' without BACKEND, expected a GPUTarget.backend")
  endif()
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_SCOPES
    "${ARG_NAME}=${ARG_BACKEND}")
endfunction()

# triton_ext_generate_pass(LoopSplit folder [target])
#
# The target, else LoopSplit-generated, makes folder/LoopSplit.inc, which
# folder/LoopSplitBase.h includes; triton_ext_check_registry writes the latter,
# and the TableGen source of the former, before the build starts.
function(triton_ext_generate_pass class folder)
  set(target ${class}-generated)
  if(ARGC GREATER 2)
    set(target ${ARGV2})
  endif()
  set(source "${folder}/${class}.td")
  set(declarations "${folder}/${class}.inc")
  add_custom_command(
    OUTPUT "${declarations}"
    COMMAND "${MLIR_TABLEGEN_EXE}" -gen-pass-decls --write-if-changed
            "-I$<JOIN:${MLIR_INCLUDE_DIRS},;-I>" "${source}"
            -o "${declarations}"
    DEPENDS "${source}" "${MLIR_TABLEGEN_EXE}"
    COMMENT "Generating ${class}.inc"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${target} DEPENDS "${declarations}")
endfunction()

# triton_ext_check_registry(FILE registry.yaml OUT folder [LIBRARY mine]
#                           FOLDERS [name|class|kind|scope|dir...])
#
# Checks FILE, whose entries and the FOLDERS must match one to one, and writes
# its code to OUT: what triton_ext_generate_pass needs, and CatalogueTable.cpp,
# to be compiled into what asks the catalogue. Called after the last folder has
# declared itself; a kind is pass, dialect, op or backend. LIBRARY names the
# library: its entries are mine/loop-split beside those of others.
function(triton_ext_check_registry)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "FILE;OUT;LIBRARY" "FOLDERS")
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}"
    APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${ARG_FILE}")

  set(arguments "${ARG_FILE}" --root "${CMAKE_SOURCE_DIR}" --out "${ARG_OUT}"
    --folders)
  if(ARG_LIBRARY)
    list(APPEND arguments --library "${ARG_LIBRARY}")
  endif()
  foreach(folder ${ARG_FOLDERS})
    list(APPEND arguments --folder "${folder}")
  endforeach()
  get_property(scopes GLOBAL PROPERTY TRITON_EXT_SCOPES)
  foreach(scope ${scopes})
    list(APPEND arguments --scope "${scope}")
  endforeach()

  get_property(tool GLOBAL PROPERTY TRITON_EXT_REGISTRY_TOOL)
  execute_process(COMMAND "${tool}" ${arguments}
    RESULT_VARIABLE status ERROR_VARIABLE errors)
  if(NOT status EQUAL 0)
    # CMake wraps lines unless they are indented; these are to be clicked on.
    string(REGEX REPLACE "\n$" "" errors "${errors}")
    string(REPLACE "\n" "\n  " errors "${errors}")
    message(FATAL_ERROR "errors in the catalogue:\n  ${errors}\n")
  endif()
endfunction()
