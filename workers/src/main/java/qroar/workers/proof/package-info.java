/**
 * Whether a device computes what it should, and how fast. {@link qroar.workers.proof.DeviceProof} runs a small bundled
 * model in every precision and order and compares its losses with {@link qroar.workers.proof.GoldenVectors}, made in
 * float64 by the reference implementation; {@link qroar.workers.proof.DeviceSpeed} times a decoder block of a real model's
 * shape beside the device's own matrix products, and {@link qroar.workers.proof.ForwardSpeed} whole passes of a {@link
 * qroar.workers.proof.ModelShape}.
 */
@NullMarked
package qroar.workers.proof;

import org.jspecify.annotations.NullMarked;
