# Finds LLVM and MLIR, and says how a target of this project, or of one that
# uses the installed package, is compiled and linked. Says it target by target:
# what else a project builds keeps its own flags.
#
#   triton_ext_target(name)           every target
#   triton_ext_self_contained(name)   what others load or run
#   triton_ext_sanitize(name)         programs
include_guard()

find_package(MLIR QUIET CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT MLIR_FOUND OR NOT LLVM_VERSION_MAJOR EQUAL 22)
  set(_found "no MLIR")
  if(MLIR_FOUND)
    set(_found "MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")
  endif()
  set(_missing "found ${_found}, expected MLIR 22: apt-get install libmlir-22-dev llvm-22-dev \
mlir-22-tools, or name the folder of its MLIRConfig.cmake in MLIR_DIR")
  if(NOT CMAKE_FIND_PACKAGE_NAME)
    message(FATAL_ERROR "${_missing}")
  endif()
  # Whoever looks for the package decides what it means that it is not usable.
  set(${CMAKE_FIND_PACKAGE_NAME}_FOUND FALSE)
  set(${CMAKE_FIND_PACKAGE_NAME}_NOT_FOUND_MESSAGE "${_missing}")
  return()
endif()
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# Distributions give the static MLIR archives a link interface of the shared
# libLLVM. The product must be self-contained, so that name leads to the static
# archives that are used instead.
if(TARGET LLVM)
  get_target_property(_configs LLVM IMPORTED_CONFIGURATIONS)
  foreach(config ${_configs})
    get_target_property(_archive LLVMSupport IMPORTED_LOCATION_${config})
    set_target_properties(LLVM PROPERTIES
      IMPORTED_LOCATION_${config} "${_archive}"
      IMPORTED_SONAME_${config} "")
  endforeach()
  set_target_properties(LLVM PROPERTIES
    INTERFACE_LINK_LIBRARIES "LLVMRemarks;LLVMSupport")
endif()

find_program(TRITON_EXT_MOLD mold)
find_program(TRITON_EXT_LLD NAMES ld.lld ld.lld-14)
mark_as_advanced(TRITON_EXT_MOLD TRITON_EXT_LLD)

# triton_ext_target(name)
#
# C++17 without exceptions, everything hidden; headers of this project, of the
# one that is being built and of MLIR are found, those that the build makes too.
function(triton_ext_target name)
  set_target_properties(${name} PROPERTIES
    CXX_STANDARD 17
    CXX_STANDARD_REQUIRED ON
    CXX_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
    ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

  set(folders "${TRITON_EXT_ROOT}" "${TRITON_EXT_ROOT}/infra/include"
    "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  list(REMOVE_DUPLICATES folders)
  target_include_directories(${name} PRIVATE ${folders})
  target_include_directories(${name} SYSTEM PRIVATE
    ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  separate_arguments(definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
  target_compile_definitions(${name} PRIVATE ${definitions})

  target_compile_options(${name} PRIVATE
    -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
    -fdata-sections -ffunction-sections $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>
    # The same bytes wherever it is built.
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=."
    "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build")
  target_link_options(${name} PRIVATE -Wl,--gc-sections)
  if(TRITON_EXT_MOLD)
    target_link_options(${name} PRIVATE -fuse-ld=mold)
  elseif(TRITON_EXT_LLD)
    target_link_options(${name} PRIVATE -fuse-ld=lld)
  endif()
  if(TRITON_EXT_ASSERTIONS)
    target_compile_options(${name} PRIVATE -UNDEBUG)
  endif()
  if(TRITON_EXT_SANITIZE)
    target_compile_options(${name} PRIVATE
      -fsanitize=${TRITON_EXT_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${name} PRIVATE -fsanitize=${TRITON_EXT_SANITIZE})
  endif()
endfunction()

# triton_ext_self_contained(name)
#
# The C library is all that it may need from the machine it runs on.
function(triton_ext_self_contained name)
  if(TRITON_EXT_SANITIZE)
    return()
  endif()
  target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc
    "-Wl,--exclude-libs,ALL" "-Wl,-z,defs")
endfunction()

# triton_ext_sanitize(name)
#
# Gives a program the options that it needs under the address sanitizer.
function(triton_ext_sanitize name)
  if(TRITON_EXT_SANITIZE MATCHES "address")
    target_sources(${name} PRIVATE
      "${TRITON_EXT_ROOT}/infra/support/SanitizerOptions.cpp")
  endif()
endfunction()
