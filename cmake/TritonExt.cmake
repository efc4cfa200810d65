# The functions that a folder's CMakeLists.txt calls. Each reads as a sentence:
#
#   triton_ext_add_pass(NAME loop-split CLASS LoopSplit)
include_guard()

include(TritonExtRegistry)

set_property(GLOBAL PROPERTY TRITON_EXT_DIALECT_LIBRARIES "")

# triton_ext_add_library(NAME sources... [LINK libraries...] [DEPENDS targets...])
#
# An internal static library; everything ends up in libTritonExtPassInfra.so
# and in triton-ext-opt.
function(triton_ext_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK;DEPENDS")
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  add_dependencies(${name} triton-ext-headers ${ARG_DEPENDS})
endfunction()

# triton_ext_add_dialect(NAME triton CLASS Triton SOURCES files...
#                        [LINK libraries...] [DEPENDS tablegen-targets...])
#
# A folder dialects/<CLASS> with its umbrella header <CLASS>.h, and the entry
# <NAME> in the registry.
function(triton_ext_add_dialect)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;CLASS" "SOURCES;LINK;DEPENDS")
  get_property(product GLOBAL PROPERTY TRITON_EXT_CURRENT_PRODUCT)
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_DECLARED_${product}
    "${ARG_NAME}|${ARG_CLASS}|dialect|generic|dialects/${ARG_CLASS}")
  set(library TritonExtDialect${ARG_CLASS})
  add_library(${library} STATIC ${ARG_SOURCES})
  target_link_libraries(${library} PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${library} ${ARG_DEPENDS})
    add_dependencies(triton-ext-headers ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_DIALECT_LIBRARIES ${library})
endfunction()

# triton_ext_add_pass(NAME loop-split CLASS LoopSplit)
#
# A pass: <CLASS>.cpp here, and the entry <NAME> in the registry. The folder
# decides the scope: passes/ is generic, backends/<scope>/ is <scope>.
function(triton_ext_add_pass)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;CLASS" "")
  get_property(product GLOBAL PROPERTY TRITON_EXT_CURRENT_PRODUCT)
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(scope generic)
  if(folder MATCHES "^backends/([^/]+)/")
    set(scope "${CMAKE_MATCH_1}")
  endif()
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_DECLARED_${product}
    "${ARG_NAME}|${ARG_CLASS}|pass|${scope}|${folder}")

  # Libraries keep their names apart: another may have a pass of that class.
  set(library TritonExtPass${ARG_CLASS})
  set(headers ${ARG_CLASS}-generated)
  if(TARGET ${library})
    set(library ${product}Pass${ARG_CLASS})
    set(headers ${product}-${ARG_CLASS}-generated)
  endif()
  set(generated "${CMAKE_BINARY_DIR}/generated/${product}/${ARG_CLASS}")
  triton_ext_generate_pass(${ARG_CLASS} "${generated}" ${headers})
  triton_ext_add_library(${library} ${ARG_CLASS}.cpp
    LINK TritonExtAnalysis TritonExtTransforms TritonExtPipeline
    DEPENDS ${headers})
  target_include_directories(${library} PRIVATE "${generated}")
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_PASSES_${product} ${library})
endfunction()

# triton_ext_begin_product(TritonExtPassInfra)
#
# Passes that are added from here on belong to the library of that name.
function(triton_ext_begin_product name)
  set_property(GLOBAL PROPERTY TRITON_EXT_CURRENT_PRODUCT ${name})
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
  set(generated "${CMAKE_BINARY_DIR}/generated/${ARG_NAME}")
  triton_ext_check_registry(FILE "${ARG_REGISTRY}" OUT "${generated}"
    LIBRARY "${ARG_LIBRARY}" FOLDERS ${declared})
  triton_ext_add_build_hash(${ARG_NAME} "${generated}/Version.cpp"
    "${ARG_REGISTRY}" ${ARG_SOURCES})

  # What is one a product, and linked into both of its files.
  set(infra "${CMAKE_SOURCE_DIR}/infra")
  add_library(${ARG_NAME}Objects OBJECT "${generated}/CatalogueTable.cpp"
    "${generated}/Version.cpp" "${infra}/support/Arc4Random.c")
  set(objects $<TARGET_OBJECTS:${ARG_NAME}Objects>)

  add_library(${ARG_NAME} SHARED "${infra}/capi/CApi.cpp" ${objects})
  target_link_libraries(${ARG_NAME} PRIVATE ${passes} TritonExtExchange)
  target_link_options(${ARG_NAME} PRIVATE
    "-Wl,--version-script,${infra}/capi/exports.map")
  set_target_properties(${ARG_NAME} PROPERTIES
    LINK_DEPENDS "${infra}/capi/exports.map")
  triton_ext_self_contained(${ARG_NAME})

  add_executable(${ARG_TOOL} "${infra}/tools/triton-ext-opt.cpp" ${objects})
  target_link_libraries(${ARG_TOOL} PRIVATE ${passes} TritonExtExchange
    MLIROptLib MLIRTransforms LLVMRemarks)
  triton_ext_self_contained(${ARG_TOOL})
  triton_ext_sanitize(${ARG_TOOL})
endfunction()

# Gives a program the options that it needs under the address sanitizer.
function(triton_ext_sanitize target)
  if(TRITON_EXT_SANITIZE MATCHES "address")
    target_sources(${target} PRIVATE
      "${CMAKE_SOURCE_DIR}/infra/support/SanitizerOptions.cpp")
  endif()
endfunction()

# The C library is all that a product may need from the machine it runs on.
function(triton_ext_self_contained target)
  if(TRITON_EXT_SANITIZE)
    return()
  endif()
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc
    "-Wl,--exclude-libs,ALL" "-Wl,-z,defs")
endfunction()

# Writes `output`, whose hash changes with any source that a product is built
# from: those of the checkout and the files given.
function(triton_ext_add_build_hash product output)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS LIST_DIRECTORIES false
    "${CMAKE_SOURCE_DIR}/infra/*" "${CMAKE_SOURCE_DIR}/dialects/*"
    "${CMAKE_SOURCE_DIR}/passes/*" "${CMAKE_SOURCE_DIR}/backends/*"
    "${CMAKE_SOURCE_DIR}/cmake/*")
  list(FILTER sources INCLUDE REGEX "\\.(cpp|c|h|td|txt|cmake|in|map)$")
  list(APPEND sources "${CMAKE_SOURCE_DIR}/CMakeLists.txt" ${ARGN})
  string(JOIN " " salt ${product}
    ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE}
    ${LLVM_PACKAGE_VERSION} "${TRITON_EXT_SANITIZE}" ${TRITON_EXT_ASSERTIONS})
  set(list "${CMAKE_BINARY_DIR}/generated/${product}/sources.txt")
  string(JOIN "\n" lines ${sources})
  file(CONFIGURE OUTPUT "${list}" CONTENT "${lines}\n" @ONLY)
  add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DLIST=${list}" "-DOUTPUT=${output}"
      "-DTEMPLATE=${CMAKE_SOURCE_DIR}/infra/support/Version.cpp.in"
      "-DTRITON_EXT_VERSION=${PROJECT_VERSION}" "-DSALT=${salt}"
      -P "${CMAKE_SOURCE_DIR}/cmake/TritonExtBuildHash.cmake"
    DEPENDS ${sources} "${list}"
    COMMENT "Hashing the sources of ${product}" VERBATIM)
endfunction()

# triton_ext_add_unittest(NAME sources... [LINK libraries...] [PRODUCT name])
#
# A GoogleTest program; ctest and `make test-unit` run each of its tests. PRODUCT
# gives it the catalogue and the passes of one.
function(triton_ext_add_unittest name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "PRODUCT" "LINK")
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  triton_ext_sanitize(${name})
  if(ARG_PRODUCT)
    get_property(passes GLOBAL PROPERTY TRITON_EXT_PASSES_${ARG_PRODUCT})
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:${ARG_PRODUCT}Objects>)
    target_link_libraries(${name} PRIVATE ${passes})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  add_dependencies(${name} triton-ext-headers)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/test/programs")
  # Found when ctest runs, so that a cross or half build still configures.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${name}." PROPERTIES TIMEOUT 600)
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_UNITTESTS ${name})
endfunction()
