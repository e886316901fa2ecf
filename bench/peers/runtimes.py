"""Ways to run a PyTorch network: each function returns one without arguments that makes a step."""

import os
import tempfile
import warnings

import torch


def autocast(bf16):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16)


def training_step(model, example, label, optimizer, bf16):
    loss_of = torch.nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        with autocast(bf16):
            output = model(example)
        loss_of(output.float(), label).backward()
        optimizer.step()
    return step


def torch_inference(model, example, bf16, freeze):
    """`freeze`: by torch.jit.optimize_for_inference."""
    if freeze:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16, cache_enabled=False):
            model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, example)))

    def step():
        with torch.inference_mode(), autocast(bf16):
            model(example)
    return step


def onnxruntime_inference(model, example, threads):
    import onnxruntime
    path = os.path.join(tempfile.mkdtemp(prefix="gradus-onnx-"), "network.onnx")
    try:
        # The exporter without dynamo needs no package beside onnx.
        torch.onnx.export(model, (example,), path, dynamo=False, input_names=["x"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    finally:
        if os.path.exists(path):
            os.unlink(path)
        os.rmdir(os.path.dirname(path))
    feed = {"x": example.numpy()}
    return lambda: session.run(None, feed)


def openvino_inference(model, example, threads, bf16):
    import openvino
    options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
               "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32"}
    converted = openvino.convert_model(model, example_input=example)
    converted.reshape(list(example.shape))
    request = openvino.compile_model(converted, "CPU", options).create_infer_request()
    feed = [example.numpy()]
    return lambda: request.infer(feed, share_inputs=True, share_outputs=True)


def make_step(given, model, data, update_rule):
    """The step that the arguments of peers_bench.py ask for."""
    warnings.simplefilter("ignore")
    example, label = data
    bf16 = given.precision == "bf16"
    if given.channels_last and example.dim() == 4:
        model = model.to(memory_format=torch.channels_last)
        example = example.contiguous(memory_format=torch.channels_last)
    run = torch.compile(model) if given.runtime == "compile" else model
    if update_rule is not None:
        return training_step(run, example, label, update_rule(model.parameters()), bf16)
    model.eval()
    if given.runtime == "onnxruntime":
        return onnxruntime_inference(model, example, given.threads)
    if given.runtime == "openvino":
        return openvino_inference(model, example, given.threads, bf16)
    return torch_inference(run, example, bf16, freeze=given.runtime == "jit")
