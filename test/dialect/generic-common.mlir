// Generic form: what all the releases print alike comes back byte for byte.
// RUN: sed '1,/^$/d' %s > %t
// RUN: triton-ext-opt --split-input-file %t --mlir-print-op-generic | diff %t -

"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128xf32>, tensor<128xi1>, tensor<128xi32>, f32) -> (), sym_name = "shapes", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128xf32>, %arg1: tensor<128xi1>, %arg2: tensor<128xi32>, %arg3: f32):
    %0 = "tt.splat"(%arg3) : (f32) -> tensor<1xf32>
    %1 = "tt.unsplat"(%0) : (tensor<1xf32>) -> f32
    %2 = "tt.expand_dims"(%arg0) <{axis = 1 : i32}> : (tensor<128xf32>) -> tensor<128x1xf32>
    %3 = "tt.broadcast"(%2) : (tensor<128x1xf32>) -> tensor<128x16xf32>
    %4 = "tt.reshape"(%3) : (tensor<128x16xf32>) -> tensor<2048xf32>
    %5 = "tt.reshape"(%3) <{allow_reorder}> : (tensor<128x16xf32>) -> tensor<2048xf32>
    %6 = "tt.reshape"(%3) <{allow_reorder, efficient_layout}> : (tensor<128x16xf32>) -> tensor<2048xf32>
    %7 = "tt.reshape"(%3) <{efficient_layout}> {my.d} : (tensor<128x16xf32>) -> tensor<2048xf32>
    %8 = "tt.cat"(%arg0, %arg0) : (tensor<128xf32>, tensor<128xf32>) -> tensor<256xf32>
    %9 = "tt.join"(%arg0, %arg0) : (tensor<128xf32>, tensor<128xf32>) -> tensor<128x2xf32>
    %10:2 = "tt.split"(%9) : (tensor<128x2xf32>) -> (tensor<128xf32>, tensor<128xf32>)
    %11 = "tt.trans"(%3) <{order = array<i32: 1, 0>}> : (tensor<128x16xf32>) -> tensor<16x128xf32>
    %12 = "tt.histogram"(%arg2) : (tensor<128xi32>) -> tensor<16xi32>
    %13 = "tt.histogram"(%arg2, %arg1) : (tensor<128xi32>, tensor<128xi1>) -> tensor<16xi32>
    %14 = "tt.gather"(%arg0, %arg2) <{axis = 0 : i32}> : (tensor<128xf32>, tensor<128xi32>) -> tensor<128xf32>
    %15 = "tt.gather"(%arg0, %arg2) <{axis = 0 : i32, efficient_layout}> : (tensor<128xf32>, tensor<128xi32>) -> tensor<128xf32>
    %16 = "tt.make_range"() <{end = 128 : i32, start = 0 : i32}> : () -> tensor<128xi32>
    %17 = "tt.make_range"() <{end = 0 : i32, start = -128 : i32}> : () -> tensor<128xi32>
    %18 = "tt.get_program_id"() <{axis = 0 : i32}> : () -> i32
    %19 = "tt.get_program_id"() <{axis = 1 : i32}> : () -> i32
    %20 = "tt.get_num_programs"() <{axis = 2 : i32}> : () -> i32
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>, tensor<128x!tt.ptr<f32>>, tensor<128xf32>, tensor<128xi32>, i64) -> (), sym_name = "casts", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<f32>, %arg1: tensor<128x!tt.ptr<f32>>, %arg2: tensor<128xf32>, %arg3: tensor<128xi32>, %arg4: i64):
    %0 = "tt.ptr_to_int"(%arg1) : (tensor<128x!tt.ptr<f32>>) -> tensor<128xi64>
    %1 = "tt.int_to_ptr"(%0) : (tensor<128xi64>) -> tensor<128x!tt.ptr<f32>>
    %2 = "tt.bitcast"(%1) : (tensor<128x!tt.ptr<f32>>) -> tensor<128x!tt.ptr<i8>>
    %3 = "tt.fp_to_fp"(%arg2) <{rounding = 1 : i32}> : (tensor<128xf32>) -> tensor<128xf8E4M3FN>
    %4 = "tt.fp_to_fp"(%arg2) <{rounding = 0 : i32}> {my.x} : (tensor<128xf32>) -> tensor<128xf8E5M2>
    %5 = "tt.fp_to_fp"(%3) : (tensor<128xf8E4M3FN>) -> tensor<128xf32>
    %6 = "tt.clampf"(%arg2, %arg2, %arg2) <{propagateNan = 65535 : i32}> : (tensor<128xf32>, tensor<128xf32>, tensor<128xf32>) -> tensor<128xf32>
    %7 = "tt.clampf"(%arg2, %arg2, %arg2) <{propagateNan = 0 : i32}> : (tensor<128xf32>, tensor<128xf32>, tensor<128xf32>) -> tensor<128xf32>
    %8 = "tt.precise_sqrt"(%arg2) : (tensor<128xf32>) -> tensor<128xf32>
    %9 = "tt.precise_divf"(%arg2, %arg2) : (tensor<128xf32>, tensor<128xf32>) -> tensor<128xf32>
    %10 = "tt.mulhiui"(%arg3, %arg3) : (tensor<128xi32>, tensor<128xi32>) -> tensor<128xi32>
    %11 = "tt.addptr"(%arg1, %arg3) : (tensor<128x!tt.ptr<f32>>, tensor<128xi32>) -> tensor<128x!tt.ptr<f32>>
    %12 = "tt.addptr"(%arg0, %arg4) : (!tt.ptr<f32>, i64) -> !tt.ptr<f32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<i32>>, tensor<128xi32>, tensor<128xi1>, !tt.ptr<i32>, i32) -> (), sym_name = "atomic_and", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<i32>>, %arg1: tensor<128xi32>, %arg2: tensor<128xi1>, %arg3: !tt.ptr<i32>, %arg4: i32):
    %0 = "tt.atomic_rmw"(%arg0, %arg1, %arg2) <{atomic_rmw_op = 1 : i32, scope = 2 : i32, sem = 2 : i32}> : (tensor<128x!tt.ptr<i32>>, tensor<128xi32>, tensor<128xi1>) -> tensor<128xi32>
    %1 = "tt.atomic_rmw"(%arg3, %arg4) <{atomic_rmw_op = 1 : i32, scope = 1 : i32, sem = 4 : i32}> : (!tt.ptr<i32>, i32) -> i32
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>, tensor<128xf32>, tensor<128xi1>, !tt.ptr<f32>, f32) -> (), sym_name = "atomic_fadd", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xf32>, %arg2: tensor<128xi1>, %arg3: !tt.ptr<f32>, %arg4: f32):
    %0 = "tt.atomic_rmw"(%arg0, %arg1, %arg2) <{atomic_rmw_op = 5 : i32, scope = 3 : i32, sem = 2 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>, tensor<128xi1>) -> tensor<128xf32>
    %1 = "tt.atomic_rmw"(%arg3, %arg4) <{atomic_rmw_op = 5 : i32, scope = 1 : i32, sem = 4 : i32}> : (!tt.ptr<f32>, f32) -> f32
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<i32>>, tensor<128xi32>, tensor<128xi1>, !tt.ptr<i32>, i32) -> (), sym_name = "atomic_exchange", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<i32>>, %arg1: tensor<128xi32>, %arg2: tensor<128xi1>, %arg3: !tt.ptr<i32>, %arg4: i32):
    %0 = "tt.atomic_rmw"(%arg0, %arg1, %arg2) <{atomic_rmw_op = 10 : i32, scope = 2 : i32, sem = 3 : i32}> : (tensor<128x!tt.ptr<i32>>, tensor<128xi32>, tensor<128xi1>) -> tensor<128xi32>
    %1 = "tt.atomic_rmw"(%arg3, %arg4) <{atomic_rmw_op = 10 : i32, scope = 1 : i32, sem = 4 : i32}> : (!tt.ptr<i32>, i32) -> i32
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<i32>, i32) -> (), sym_name = "atomic_cas", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<i32>, %arg1: i32):
    %0 = "tt.atomic_cas"(%arg0, %arg1, %arg1) <{scope = 1 : i32, sem = 4 : i32}> : (!tt.ptr<i32>, i32, i32) -> i32
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<16x16xf16>, tensor<16x16xf32>) -> (), sym_name = "dot", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<16x16xf16>, %arg1: tensor<16x16xf32>):
    %0 = "tt.dot"(%arg0, %arg0, %arg1) <{inputPrecision = 2 : i32, maxNumImpreciseAcc = 0 : i32}> : (tensor<16x16xf16>, tensor<16x16xf16>, tensor<16x16xf32>) -> tensor<16x16xf32>
    %1 = "tt.dot"(%arg0, %arg0, %arg1) <{inputPrecision = 0 : i32, maxNumImpreciseAcc = 3 : i32}> {my.z = 1 : i32} : (tensor<16x16xf16>, tensor<16x16xf16>, tensor<16x16xf32>) -> tensor<16x16xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x64xf8E4M3FN>, tensor<32x128xi8>, tensor<64x128xbf16>, tensor<128x64xbf16>, tensor<128x128xf32>, tensor<128x2xi8>, tensor<128x2xi8>) -> (), sym_name = "dot_scaled", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x64xf8E4M3FN>, %arg1: tensor<32x128xi8>, %arg2: tensor<64x128xbf16>, %arg3: tensor<128x64xbf16>, %arg4: tensor<128x128xf32>, %arg5: tensor<128x2xi8>, %arg6: tensor<128x2xi8>):
    %0 = "tt.dot_scaled"(%arg0, %arg1, %arg4, %arg5, %arg6) <{a_elem_type = 0 : i32, b_elem_type = 4 : i32, fastMath = false, lhs_k_pack = true, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>, rhs_k_pack = true}> : (tensor<128x64xf8E4M3FN>, tensor<32x128xi8>, tensor<128x128xf32>, tensor<128x2xi8>, tensor<128x2xi8>) -> tensor<128x128xf32>
    %1 = "tt.dot_scaled"(%arg0, %arg2, %arg4, %arg5) <{a_elem_type = 0 : i32, b_elem_type = 5 : i32, fastMath = true, lhs_k_pack = true, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>, rhs_k_pack = true}> : (tensor<128x64xf8E4M3FN>, tensor<64x128xbf16>, tensor<128x128xf32>, tensor<128x2xi8>) -> tensor<128x128xf32>
    %2 = "tt.dot_scaled"(%arg3, %arg2, %arg4) <{a_elem_type = 5 : i32, b_elem_type = 5 : i32, fastMath = true, lhs_k_pack = true, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, rhs_k_pack = true}> : (tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>) -> tensor<128x128xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<64x64xi8>, tensor<64x64xi8>, tensor<128x128xf32>, tensor<128x2xi8>, tensor<128x2xi8>) -> (), sym_name = "dot_scaled_packed", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<64x64xi8>, %arg1: tensor<64x64xi8>, %arg2: tensor<128x128xf32>, %arg3: tensor<128x2xi8>, %arg4: tensor<128x2xi8>):
    %0 = "tt.dot_scaled"(%arg0, %arg1, %arg2, %arg3, %arg4) <{a_elem_type = 4 : i32, b_elem_type = 4 : i32, fastMath = false, lhs_k_pack = false, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>, rhs_k_pack = false}> : (tensor<64x64xi8>, tensor<64x64xi8>, tensor<128x128xf32>, tensor<128x2xi8>, tensor<128x2xi8>) -> tensor<128x128xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128xf32>, tensor<128xi32>, tensor<16x16xf32>) -> (), sym_name = "reductions", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128xf32>, %arg1: tensor<128xi32>, %arg2: tensor<16x16xf32>):
    %0 = "tt.reduce"(%arg0) <{axis = 0 : i32}> ({
    ^bb0(%arg11: f32, %arg12: f32):
      %7 = "arith.addf"(%arg11, %arg12) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "tt.reduce.return"(%7) : (f32) -> ()
    }) : (tensor<128xf32>) -> f32
    %1:2 = "tt.reduce"(%arg0, %arg1) <{axis = 0 : i32}> ({
    ^bb0(%arg7: f32, %arg8: i32, %arg9: f32, %arg10: i32):
      %6 = "arith.addf"(%arg7, %arg9) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "tt.reduce.return"(%6, %arg8) : (f32, i32) -> ()
    }) : (tensor<128xf32>, tensor<128xi32>) -> (f32, i32)
    %2 = "tt.reduce"(%arg2) <{axis = 1 : i32}> ({
    ^bb0(%arg5: f32, %arg6: f32):
      %5 = "arith.maxnumf"(%arg5, %arg6) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "tt.reduce.return"(%5) : (f32) -> ()
    }) {my.reduce = "x"} : (tensor<16x16xf32>) -> tensor<16xf32>
    %3 = "tt.scan"(%arg0) <{axis = 0 : i32, reverse = true}> ({
    ^bb0(%arg3: f32, %arg4: f32):
      %4 = "arith.addf"(%arg3, %arg4) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "tt.scan.return"(%4) : (f32) -> ()
    }) : (tensor<128xf32>) -> tensor<128xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128xf32>) -> (), sym_name = "map_elementwise", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128xf32>):
    %0 = "tt.map_elementwise"(%arg0) <{pack = 1 : i32}> ({
    ^bb0(%arg1: f32):
      %1 = "arith.addf"(%arg1, %arg1) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "tt.map_elementwise.return"(%1) : (f32) -> ()
    }) : (tensor<128xf32>) -> tensor<128xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128xf32>, tensor<128xi1>, tensor<128xi32>) -> (), sym_name = "foreign_code", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128xf32>, %arg1: tensor<128xi1>, %arg2: tensor<128xi32>):
    %0 = "tt.extern_elementwise"(%arg0, %arg0) <{libname = "libdevice", libpath = "", pure = true, symbol = "__nv_powf"}> : (tensor<128xf32>, tensor<128xf32>) -> tensor<128xf32>
    %1 = "tt.elementwise_inline_asm"(%arg2) <{asm_string = "mov.b32 $0, $1;", constraints = "=r,r", packed_element = 1 : i32, pure = true}> : (tensor<128xi32>) -> tensor<128xi32>
    %2:2 = "tt.elementwise_inline_asm"(%arg2) <{asm_string = "mov.b32 $0, $2; mov.b32 $1, $2;", constraints = "=r,=r,r", packed_element = 1 : i32, pure = false}> : (tensor<128xi32>) -> (tensor<128xi32>, tensor<128xi32>)
    %3 = "tt.elementwise_inline_asm"() <{asm_string = "mov.u32 $0, %clock;", constraints = "=r", packed_element = 1 : i32, pure = false}> : () -> i32
    "tt.print"(%arg0, %arg2) <{hex = false, isSigned = array<i32: 0, 1>, prefix = "hello\09\22"}> : (tensor<128xf32>, tensor<128xi32>) -> ()
    "tt.print"() <{hex = true, isSigned = array<i32>, prefix = "none"}> : () -> ()
    "tt.assert"(%arg1) <{message = "bad"}> : (tensor<128xi1>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

