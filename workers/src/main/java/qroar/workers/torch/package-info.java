/**
 * The only place that knows PyTorch's Java binding. {@link qroar.workers.torch.TorchRuntime} starts it once per process
 * and checks that binding and native library belong together; {@link qroar.workers.torch.ScriptModule} assembles a
 * TorchScript module from a resource, without Python; {@link qroar.workers.torch.DecoderScript} and
 * {@link qroar.workers.torch.QuantizeScript} are typed faces of such modules;
 * {@link qroar.workers.torch.TorchValue} is one native reference, closed by whoever got it.
 *
 * <p>Tensors stay native between calls. None of them is ever attached to an NDManager, whose registry costs more than a
 * small operation and keeps memory alive until it is closed.
 */
@NullMarked
package qroar.workers.torch;

import org.jspecify.annotations.NullMarked;
