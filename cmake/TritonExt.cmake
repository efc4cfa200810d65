# The functions that a folder's CMakeLists.txt calls, in a checkout of this
# project and in a repository that uses the installed package. Each reads as a
# sentence:
#
#   triton_ext_add_pass(NAME loop-split CLASS LoopSplit)
#
# TRITON_EXT_ROOT is the checkout, or the folder of the package that is laid out
# like one.
include_guard()

include("${CMAKE_CURRENT_LIST_DIR}/TritonExtRegistry.cmake")

# Everything generated that a C++ file may include hangs on this target.
if(NOT TARGET triton-ext-headers)
  add_custom_target(triton-ext-headers)
endif()

# triton_ext_project(NAME mine)
#
# A repository with passes of its own, which calls this and nothing else: what
# its folders dialects/*, passes/* and backends/*/* declare, and its registry.yaml
# describes, becomes lib/libMine.so, in which loop-split is mine/loop-split, and
# bin/mine-opt. The target `check` runs the passes' tests.
function(triton_ext_project)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME" "")
  if(NOT ARG_NAME MATCHES "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    message(FATAL_ERROR "triton_ext_project: found NAME '${ARG_NAME}', expected "
      "a name of small letters, digits and '-', as in NAME mine")
  endif()
  if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
  endif()
  string(REPLACE "-" ";" words "${ARG_NAME}")
  set(product "")
  foreach(word ${words})
    string(SUBSTRING "${word}" 0 1 first)
    string(SUBSTRING "${word}" 1 -1 rest)
    string(TOUPPER "${first}" first)
    string(APPEND product "${first}${rest}")
  endforeach()

  triton_ext_begin_product(${product})
  triton_ext_add_folders("dialects/*" "passes/*" "backends/*" "backends/*/*")
  triton_ext_add_product(NAME ${product} TOOL ${ARG_NAME}-opt
    REGISTRY "${PROJECT_SOURCE_DIR}/registry.yaml" LIBRARY ${ARG_NAME})
  triton_ext_add_lit_tests(TOOL ${ARG_NAME}-opt)
endfunction()

# triton_ext_begin_product(TritonExtPassInfra)
#
# Passes that are added from here on belong to the library of that name.
function(triton_ext_begin_product name)
  set_property(GLOBAL PROPERTY TRITON_EXT_CURRENT_PRODUCT ${name})
endfunction()

# triton_ext_add_folders("passes/*" ...)
#
# Adds every folder of the project that matches and holds a CMakeLists.txt: a
# new one needs no line anywhere.
function(triton_ext_add_folders)
  # mlir_tablegen looks where the folder's targets look.
  get_property(includes DIRECTORY PROPERTY INCLUDE_DIRECTORIES)
  set_property(DIRECTORY APPEND PROPERTY INCLUDE_DIRECTORIES
    "${PROJECT_SOURCE_DIR}" "${TRITON_EXT_ROOT}" ${MLIR_INCLUDE_DIRS})
  foreach(pattern ${ARGN})
    file(GLOB lists CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${pattern}/CMakeLists.txt")
    foreach(list ${lists})
      get_filename_component(folder "${list}" DIRECTORY)
      file(RELATIVE_PATH relative "${PROJECT_SOURCE_DIR}" "${folder}")
      add_subdirectory("${folder}" "${PROJECT_BINARY_DIR}/${relative}")
    endforeach()
  endforeach()
  set_property(DIRECTORY PROPERTY INCLUDE_DIRECTORIES "${includes}")
endfunction()

# triton_ext_add_library(TritonExtAnalysis sources... [OBJECT]
#                        [LINK libraries...] [DEPENDS targets...])
#
# A library of this project, static unless OBJECT, that every product is linked
# from: as TritonExt::Analysis in the checkout and in the package. An object
# library is for what has to be in a product though nothing in it asks for it.
function(triton_ext_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "OBJECT" "" "LINK;DEPENDS")
  set(type STATIC)
  if(ARG_OBJECT)
    set(type OBJECT)
  endif()
  add_library(${name} ${type} ${ARG_UNPARSED_ARGUMENTS})
  triton_ext_target(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  add_dependencies(${name} triton-ext-headers ${ARG_DEPENDS})
  string(REGEX REPLACE "^TritonExt" "" short ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${short})
  add_library(TritonExt::${short} ALIAS ${name})
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_LIBRARIES ${name})
endfunction()

# triton_ext_add_dialect(NAME triton CLASS Triton SOURCES files...
#                        [LINK libraries...] [DEPENDS tablegen-targets...])
#
# A folder dialects/<CLASS> with its umbrella header <CLASS>.h, and the entry
# <NAME> in the registry.
function(triton_ext_add_dialect)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;CLASS" "SOURCES;LINK;DEPENDS")
  triton_ext_declare("${ARG_NAME}" "${ARG_CLASS}" dialect)
  set(library TritonExtDialect${ARG_CLASS})
  triton_ext_add_library(${library} ${ARG_SOURCES}
    LINK ${ARG_LINK} DEPENDS ${ARG_DEPENDS})
  if(ARG_DEPENDS)
    add_dependencies(triton-ext-headers ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_DIALECT_LIBRARIES
    TritonExt::Dialect${ARG_CLASS})
endfunction()

# triton_ext_add_pass(NAME loop-split CLASS LoopSplit)
#
# A pass: <CLASS>.cpp here, and the entry <NAME> in the registry. The folder
# decides the scope: passes/ is generic, backends/<scope>/ is <scope>.
function(triton_ext_add_pass)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;CLASS" "")
  triton_ext_declare("${ARG_NAME}" "${ARG_CLASS}" pass)

  # Another product may have a pass of that class.
  get_property(product GLOBAL PROPERTY TRITON_EXT_CURRENT_PRODUCT)
  set(library ${product}Pass${ARG_CLASS})
  set(generated "${PROJECT_BINARY_DIR}/generated/${product}/${ARG_CLASS}")
  triton_ext_generate_pass(${ARG_CLASS} "${generated}" ${library}Base)

  get_property(dialects GLOBAL PROPERTY TRITON_EXT_DIALECT_LIBRARIES)
  add_library(${library} STATIC ${ARG_CLASS}.cpp)
  triton_ext_target(${library})
  target_include_directories(${library} PRIVATE "${generated}")
  target_link_libraries(${library} PRIVATE ${dialects}
    TritonExt::Analysis TritonExt::Layout TritonExt::Transforms
    TritonExt::Pipeline)
  add_dependencies(${library} triton-ext-headers ${library}Base)
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_PASSES_${product} ${library})
endfunction()

# What the folder's CMakeLists.txt declares, for triton_ext_check_registry.
function(triton_ext_declare name class kind)
  get_property(product GLOBAL PROPERTY TRITON_EXT_CURRENT_PRODUCT)
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(scope generic)
  if(folder MATCHES "^backends/([^/]+)/")
    set(scope "${CMAKE_MATCH_1}")
  endif()
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_DECLARED_${product}
    "${name}|${class}|${kind}|${scope}|${folder}")
endfunction()

# triton_ext_add_product(NAME TritonExtPassInfra TOOL triton-ext-opt
#                        REGISTRY registry.yaml [LIBRARY mine]
#                        [SOURCES files...])
#
# The shared library lib<NAME>.so, which exports the C interface alone, and the
# tool TOOL, which is its worker too, with every pass added since the product
# began, each of which has its entry in REGISTRY. LIBRARY, in kebab-case, keeps
# its names apart from those of other libraries: mine/loop-split.
function(triton_ext_add_product)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;TOOL;REGISTRY;LIBRARY" "SOURCES")
  get_property(declared GLOBAL PROPERTY TRITON_EXT_DECLARED_${ARG_NAME})
  get_property(passes GLOBAL PROPERTY TRITON_EXT_PASSES_${ARG_NAME})
  get_property(dialects GLOBAL PROPERTY TRITON_EXT_DIALECT_LIBRARIES)
  set(generated "${PROJECT_BINARY_DIR}/generated/${ARG_NAME}")
  triton_ext_check_registry(FILE "${ARG_REGISTRY}" OUT "${generated}"
    LIBRARY "${ARG_LIBRARY}" FOLDERS ${declared})
  triton_ext_add_build_hash(${ARG_NAME} ${ARG_TOOL} "${generated}/Version.cpp"
    "${ARG_REGISTRY}" ${ARG_SOURCES})

  # What is one a product, and linked into both of its files.
  set(objects ${ARG_NAME}Objects)
  add_library(${objects} OBJECT "${generated}/CatalogueTable.cpp"
    "${generated}/Version.cpp")
  triton_ext_target(${objects})

  set(exports "${TRITON_EXT_ROOT}/infra/capi/exports.map")
  add_library(${ARG_NAME} SHARED $<TARGET_OBJECTS:${objects}>)
  triton_ext_target(${ARG_NAME})
  triton_ext_self_contained(${ARG_NAME})
  target_link_libraries(${ARG_NAME} PRIVATE
    TritonExt::CApi TritonExt::Support ${passes} ${dialects}
    TritonExt::Exchange)
  target_link_options(${ARG_NAME} PRIVATE "-Wl,--version-script,${exports}")
  set_target_properties(${ARG_NAME} PROPERTIES
    LINKER_LANGUAGE CXX LINK_DEPENDS "${exports}")

  add_executable(${ARG_TOOL} $<TARGET_OBJECTS:${objects}>)
  triton_ext_target(${ARG_TOOL})
  triton_ext_self_contained(${ARG_TOOL})
  triton_ext_sanitize(${ARG_TOOL})
  target_link_libraries(${ARG_TOOL} PRIVATE
    TritonExt::Opt TritonExt::Support ${passes} ${dialects}
    TritonExt::Exchange)
  set_target_properties(${ARG_TOOL} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()

# Writes `output`, which names the tool and whose hash changes with any source
# that a product is built from: those of the project, those of ours or, in the
# package, what was made of them, and the files given.
function(triton_ext_add_build_hash product tool output)
  set(globs "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/*.cmake"
    "${TRITON_EXT_ROOT}/lib/*.a" "${TRITON_EXT_ROOT}/lib/*.o")
  foreach(root "${TRITON_EXT_ROOT}" "${PROJECT_SOURCE_DIR}")
    list(APPEND globs "${root}/infra/*" "${root}/dialects/*" "${root}/passes/*"
      "${root}/backends/*")
  endforeach()
  list(REMOVE_DUPLICATES globs)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS LIST_DIRECTORIES false ${globs})
  list(FILTER sources INCLUDE REGEX "\\.(cpp|c|h|inc|td|txt|cmake|in|map|a|o)$")
  list(APPEND sources "${PROJECT_SOURCE_DIR}/CMakeLists.txt" ${ARGN})
  string(JOIN " " salt ${product}
    ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE}
    ${LLVM_PACKAGE_VERSION} "${TRITON_EXT_SANITIZE}" ${TRITON_EXT_ASSERTIONS})
  set(list "${PROJECT_BINARY_DIR}/generated/${product}/sources.txt")
  string(JOIN "\n" lines ${sources})
  file(CONFIGURE OUTPUT "${list}" CONTENT "${lines}\n" @ONLY)
  add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DLIST=${list}" "-DOUTPUT=${output}"
      "-DTEMPLATE=${TRITON_EXT_ROOT}/infra/support/Version.cpp.in"
      "-DTRITON_EXT_VERSION=${PROJECT_VERSION}" "-DSALT=${salt}"
      "-DTRITON_EXT_TOOL=${tool}"
      -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/TritonExtBuildHash.cmake"
    DEPENDS ${sources} "${list}"
    COMMENT "Hashing the sources of ${product}" VERBATIM)
endfunction()

# triton_ext_add_lit_tests(TOOL triton-ext-opt)
#
# The tests that stand beside the passes, for lit to find in test/ of the build
# folder; the target `check` builds TOOL and runs them. What they call
# triton-ext-opt is TOOL.
function(triton_ext_add_lit_tests)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "TOOL" "")
  configure_file("${TRITON_EXT_ROOT}/test/lit.site.cfg.py.in"
    "${PROJECT_BINARY_DIR}/test/lit.site.cfg.py" @ONLY)
  find_program(TRITON_EXT_LIT lit HINTS "${LLVM_TOOLS_BINARY_DIR}")
  mark_as_advanced(TRITON_EXT_LIT)
  add_custom_target(check
    COMMAND "${TRITON_EXT_LIT}" -sv "${PROJECT_BINARY_DIR}/test"
    DEPENDS ${ARG_TOOL} USES_TERMINAL VERBATIM
    COMMENT "Running the tests of the passes")
endfunction()

# triton_ext_add_unittest(NAME sources... [LINK libraries...] [PRODUCT name])
#
# A GoogleTest program; ctest and `make test-unit` run each of its tests. PRODUCT
# gives it the catalogue and the passes of one.
function(triton_ext_add_unittest name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "PRODUCT" "LINK")
  find_package(GTest REQUIRED)
  include(GoogleTest)
  triton_ext_add_test_program(${name} ${ARG_UNPARSED_ARGUMENTS})
  triton_ext_sanitize(${name})
  if(ARG_PRODUCT)
    get_property(passes GLOBAL PROPERTY TRITON_EXT_PASSES_${ARG_PRODUCT})
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:${ARG_PRODUCT}Objects>)
    target_link_libraries(${name} PRIVATE ${passes})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  add_dependencies(${name} triton-ext-headers)
  # Found when ctest runs, so that a cross or half build still configures.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${name}." PROPERTIES TIMEOUT 600)
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_UNITTESTS ${name})
endfunction()

# triton_ext_add_test_program(NAME sources...)
#
# A program in test/programs of the build folder.
function(triton_ext_add_test_program name)
  add_executable(${name} ${ARGN})
  triton_ext_target(${name})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/test/programs")
endfunction()
