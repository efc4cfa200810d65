# The catalogue at configure time: registry.yaml is checked against its schema
# and against the folders, and its code is written into the build folder. A
# mistake stops configuring at its file and line. The program that does it is
# named by the global property TRITON_EXT_REGISTRY_TOOL.
#
#   triton_ext_scope(NAME nvidia BACKEND cuda)        # backends/nvidia
#   triton_ext_generate_pass(LoopSplit "${out}/LoopSplit")
#   triton_ext_check_registry(FILE registry.yaml OUT "${out}" FOLDERS ${declared})
include_guard()

# triton_ext_scope(NAME nvidia BACKEND cuda)
#
# Said once, in backends/<name>/CMakeLists.txt: the GPUTarget.backend that the
# folders below it are for.
function(triton_ext_scope)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;BACKEND" "")
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}/backends"
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
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${ARG_FILE}")

  set(arguments "${ARG_FILE}" --root "${PROJECT_SOURCE_DIR}" --out "${ARG_OUT}"
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
