# A stream of its own for one thread, on devices of CUDA alone: only a CUDA build of PyTorch knows these classes, and a module that
# names them does not load elsewhere. The current stream belongs to the thread that calls.

class Streams(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # the calling thread queues on a new stream from now on; -1: before others, for its kernels are short and others wait for them
  def enter(self: __torch__.Streams, device: str) -> int:
    own = __torch__.torch.classes.cuda.Stream.__new__(__torch__.torch.classes.cuda.Stream)
    _0 = (own).__init__(torch.device(device), -1, )
    ops.cuda.set_stream(own)
    return 0

  # what the calling thread queues from now on waits for what the device's default stream holds now; the thread does not
  def join(self: __torch__.Streams, device: str) -> int:
    own = ops.cuda.current_stream(torch.device(device))
    _0 = (own).wait_stream(ops.cuda.default_stream(torch.device(device)), )
    return 0

  # the calling thread waits for what it has queued
  def finish(self: __torch__.Streams, device: str) -> int:
    own = ops.cuda.current_stream(torch.device(device))
    _0 = (own).synchronize()
    return 0

  # whether the calling thread queues elsewhere than on the default stream
  def apart(self: __torch__.Streams, device: str) -> bool:
    own = (ops.cuda.current_stream(torch.device(device))).id()
    shared = (ops.cuda.default_stream(torch.device(device))).id()
    return torch.ne(own, shared)

  # x in page-locked memory, from which a device copies while the thread goes on; what is on a device stays there
  def pinned(self: __torch__.Streams, x: Tensor) -> Tensor:
    if ops.prim.is_cuda(x):
      lying = x
    else:
      lying = torch.pin_memory(x)
    return lying

  # x on the device in a type, sent as it is and converted there; goes_on: the thread does not wait for the copy
  def sent(self: __torch__.Streams, x: Tensor, device: str, type: int, goes_on: bool) -> Tensor:
    there = torch.to(x, torch.device(device), ops.prim.dtype(x), goes_on)
    return torch.to(there, type)
