tt.func public @foo(%x: !tt.ptr<f32>) {
  %one = arith.constant 1.000000e+00 : f32
  tt.store %x, %one : !tt.ptr<f32>
  tt.return
}
