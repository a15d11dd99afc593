"""TensorRT on NVIDIA hardware: engines built from ONNX files, and the session that runs them.

Written for TensorRT 10.13 and later and for 11 by one code path. What is pure (`shapes`, `cache`,
`progress`) and what rewrites ONNX (`network`) runs anywhere; the rest needs a GPU.
"""
