"""NVIDIA DeepStream: all cameras in one batched graph, decoded and searched on the GPU.

Only decoding and detection differ from a run on the CPU: race core, reader and store are the
same. Nothing in this folder has run on NVIDIA hardware yet, see the README.
"""
