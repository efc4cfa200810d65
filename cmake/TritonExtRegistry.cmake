# The catalogue at configure time: registry.yaml is checked against its schema
# and against the folders, and its code is written into the build folder. A
# mistake stops configuring at its file and line.
#
#   triton_ext_build_registry_tool()
#   triton_ext_scope(NAME nvidia BACKEND cuda)        # backends/nvidia
#   triton_ext_pass_headers(TARGET TritonExtLoopSplit CLASS LoopSplit)
#   triton_ext_check_registry(FOLDERS ${declared} TABLE TritonExtTable)
include_guard()

# Where the code of a catalogue goes unless OUT says otherwise.
set(TRITON_EXT_GENERATED_DIR "${CMAKE_BINARY_DIR}/generated/registry")

set_property(GLOBAL PROPERTY TRITON_EXT_SCOPES "")

# triton_ext_build_registry_tool()
#
# Builds triton-ext-registry, unless it is there and its sources are the same.
# Configuring needs it, so it cannot wait for the build.
function(triton_ext_build_registry_tool)
  set(folder "${CMAKE_SOURCE_DIR}/infra/registry")
  set(tool "${CMAKE_BINARY_DIR}/bin/triton-ext-registry")
  set(sources "")
  foreach(name main Emit KnobText Schema Spelling)
    list(APPEND sources "${folder}/${name}.cpp")
  endforeach()
  set(inputs ${sources})
  foreach(name Emit KnobText Schema Spelling)
    list(APPEND inputs "${folder}/${name}.h")
  endforeach()
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}"
    APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  set_property(GLOBAL PROPERTY TRITON_EXT_REGISTRY_TOOL "${tool}")

  set(hash "${CMAKE_CXX_COMPILER}")
  foreach(input ${inputs})
    file(SHA256 "${input}" one)
    string(APPEND hash ${one})
  endforeach()
  string(SHA256 hash "${hash}")
  if(EXISTS "${tool}" AND TRITON_EXT_REGISTRY_TOOL_HASH STREQUAL hash)
    return()
  endif()

  find_package(yaml-cpp QUIET)
  if(NOT yaml-cpp_FOUND)
    message(FATAL_ERROR "found no yaml-cpp, expected it: "
                        "apt-get install libyaml-cpp-dev")
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

# triton_ext_scope_of(result folder)
#
# The scope that a folder says: backends/<scope>/..., anything else is generic.
function(triton_ext_scope_of result folder)
  file(RELATIVE_PATH relative "${CMAKE_SOURCE_DIR}" "${folder}")
  set(scope generic)
  if(relative MATCHES "^backends/([^/]+)/")
    set(scope "${CMAKE_MATCH_1}")
  endif()
  set(${result} "${scope}" PARENT_SCOPE)
endfunction()

# triton_ext_pass_headers(TARGET library CLASS LoopSplit [OUT folder])
#
# Gives the library LoopSplitBase.h, whose TableGen source
# triton_ext_check_registry writes before the build starts.
function(triton_ext_pass_headers)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "TARGET;CLASS;OUT" "")
  if(NOT ARG_OUT)
    set(ARG_OUT "${TRITON_EXT_GENERATED_DIR}")
  endif()
  set(folder "${ARG_OUT}/${ARG_CLASS}")
  set(source "${folder}/${ARG_CLASS}.td")
  set(declarations "${folder}/${ARG_CLASS}.inc")
  add_custom_command(
    OUTPUT "${declarations}"
    COMMAND "${MLIR_TABLEGEN_EXE}" -gen-pass-decls --write-if-changed
            -I "$<JOIN:${MLIR_INCLUDE_DIRS},;-I;>" "${source}"
            -o "${declarations}"
    DEPENDS "${source}" "${MLIR_TABLEGEN_EXE}"
    COMMENT "Generating ${ARG_CLASS}.inc"
    COMMAND_EXPAND_LISTS VERBATIM)
  target_sources(${ARG_TARGET} PRIVATE "${declarations}")
  target_include_directories(${ARG_TARGET} PRIVATE "${folder}")
endfunction()

# triton_ext_check_registry([FILE registry.yaml] [WITH files...] [OUT folder]
#                           [TABLE target] FOLDERS [name|class|kind|scope|dir...])
#
# Checks FILE, whose entries and the FOLDERS must match one to one, and writes
# its code to OUT. TABLE becomes an object library of the compiled table, with
# the entries of WITH in it too; link it, and the passes, into what asks the
# catalogue. Called after the last folder has declared itself; a kind is pass,
# dialect, op or backend.
function(triton_ext_check_registry)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "FILE;OUT;TABLE" "WITH;FOLDERS")
  if(NOT ARG_FILE)
    set(ARG_FILE "${CMAKE_SOURCE_DIR}/registry.yaml")
  endif()
  if(NOT ARG_OUT)
    set(ARG_OUT "${TRITON_EXT_GENERATED_DIR}")
  endif()
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}"
    APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${ARG_FILE}" ${ARG_WITH})

  set(arguments "${ARG_FILE}" --root "${CMAKE_SOURCE_DIR}" --out "${ARG_OUT}"
    --folders)
  foreach(file ${ARG_WITH})
    list(APPEND arguments --with "${file}")
  endforeach()
  foreach(folder ${ARG_FOLDERS})
    list(APPEND arguments --folder "${folder}")
    # Its line is quoted where the folder is wrong.
    string(REGEX REPLACE ".*\\|" "" directory "${folder}")
    set_property(DIRECTORY "${CMAKE_SOURCE_DIR}"
      APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${directory}/CMakeLists.txt")
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
    message(FATAL_ERROR "the catalogue and the folders disagree:\n  ${errors}\n")
  endif()

  if(ARG_TABLE)
    add_library(${ARG_TABLE} OBJECT "${ARG_OUT}/CatalogueTable.cpp")
  endif()
endfunction()
