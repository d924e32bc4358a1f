# TorchScript in its serialised dialect: read by ScriptModule, never by Python. Linears, cached keys and values and the
# stream between blocks are of one type, float32, float16 or bfloat16; norms, rotations, quantization grids, softmax and
# losses are float32 in each of them. Types are codes of c10::ScalarType: 6, 5, 15.
#
# shape = [heads, kv_heads, head_dim, kv_bits, act_bits, act_symmetric, wide, attention, pre_rope, key_bands, and of each key
#         band: width, bits, beyond, tail (see quantized_keys), perhaps clipping of activations (see linear_input)]; wide: products of a 16-bit type are computed
#         on operands widened to float32, and rounded; attention: see
#         AttentionKernel
# packed layer: 0 input norm, 1 qkv, 2 qkv bias, 3 q norm, 4 k norm, 5 o, 6 o bias, 7 post-attention norm,
#               8 gate and up, 9 their bias, 10 down, 11 down bias; a tensor without elements means absent.
# Rows of q and k are stored with the two halves of each RoPE pair side by side, so that a rotation is one complex
# product; q.k does not see the order.
class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def owned(self: __torch__.Decoder, x: Tensor) -> Tensor:
    return torch.clone(x)

  def zero_counts(self: __torch__.Decoder, elements: int, device: str) -> Tensor:
    return torch.zeros([elements], dtype=4, layout=None, device=torch.device(device), pin_memory=None)

  # ---- loading

  # a stored tensor as it lies in its file, in its own type; pages come when they are read
  def stored(self: __torch__.Decoder, path: str, dtype: int, offset: int, shape: List[int]) -> Tensor:
    count = 1
    for size in shape:
      count = count * size
    file = torch.from_file(path, False, offset + count, dtype=dtype, layout=None, device=None, pin_memory=None)
    return torch.view(torch.narrow(file, 0, offset, count), shape)

  # a copy of it in another type, or in its own
  def mapped(self: __torch__.Decoder, path: str, dtype: int, offset: int, shape: List[int], device: str, type: int) -> Tensor:
    return torch.to(self.stored(path, dtype, offset, shape), torch.device(device), type, False, True)

  # the two for a tensor that begins between elements: by its bytes
  def copied(self: __torch__.Decoder, path: str, dtype: int, offset: int, count: int, shape: List[int]) -> Tensor:
    file = torch.from_file(path, False, offset + count, dtype=0, layout=None, device=None, pin_memory=None)
    part = torch.clone(torch.narrow(file, 0, offset, count))
    return torch.view(torch.view_copy(part, dtype=dtype), shape)

  def copied_as(self: __torch__.Decoder, path: str, dtype: int, offset: int, count: int, shape: List[int], device: str, type: int) -> Tensor:
    return torch.to(self.copied(path, dtype, offset, count, shape), torch.device(device), type, False, True)

  # float32 matrices in a file, [count, rows, columns], read and written through its mapping; the file is made, or made longer
  def shared(self: __torch__.Decoder, path: str, shape: List[int]) -> Tensor:
    file = torch.from_file(path, True, shape[0] * shape[1] * shape[2], dtype=6, layout=None, device=None, pin_memory=None)
    return torch.view(file, shape)

  def part(self: __torch__.Decoder, x: Tensor, index: int) -> Tensor:
    return torch.select(x, 0, index)

  def copy_into(self: __torch__.Decoder, x: Tensor, index: int, value: Tensor) -> Tensor:
    return torch.copy_(torch.select(x, 0, index), value)

  # how many elements are numbers of at least this size, as a vector of one
  def beyond(self: __torch__.Decoder, x: Tensor, limit: float) -> Tensor:
    none = torch.zeros([1], dtype=4, layout=None, device=None, pin_memory=None)
    if torch.numel(x) == 0:
      return none
    low, high, = torch.aminmax(x)
    ends = torch.to(torch.abs(torch.stack([low, high])), 6)
    if bool(torch.all(torch.lt(ends, limit))):
      return none
    size = torch.abs(torch.to(x, 6))
    return torch.add(none, int(torch.sum(torch.logical_and(torch.ge(size, limit), torch.isfinite(size)))))

  # how many elements are NaN or infinite, as a vector of one: the extremes of a tensor of numbers are numbers, and NaN wins
  def non_finite(self: __torch__.Decoder, x: Tensor) -> Tensor:
    none = torch.zeros([1], dtype=4, layout=None, device=None, pin_memory=None)
    if torch.numel(x) == 0:
      return none
    low, high, = torch.aminmax(x)
    ends = torch.stack([low, high])
    if bool(torch.all(torch.isfinite(ends))):
      return none
    return torch.add(none, torch.numel(x) - int(torch.sum(torch.isfinite(x))))

  # each tensor in a 16-bit type where that type holds all of its values, else as it is
  def narrowed(self: __torch__.Decoder, w: List[Tensor], dtype: int) -> List[Tensor]:
    kept = annotate(List[Tensor], [])
    for i in range(len(w)):
      narrow = torch.to(w[i], dtype)
      if torch.equal(torch.to(narrow, 6), w[i]):
        kept.append(narrow)
      else:
        kept.append(w[i])
    return kept

  def widened(self: __torch__.Decoder, w: List[Tensor]) -> List[Tensor]:
    wide = annotate(List[Tensor], [])
    for i in range(len(w)):
      wide.append(torch.to(w[i], 6))
    return wide

  # what the elements of tensors take, as a vector of one
  def bytes(self: __torch__.Decoder, w: List[Tensor]) -> Tensor:
    total = 0
    for i in range(len(w)):
      type = ops.prim.dtype(w[i])
      size = 2
      if type == 6:
        size = 4
      if type == 0:
        size = 1
      if type == 4:
        size = 8
      total = total + torch.numel(w[i]) * size
    return torch.full([1], total, dtype=4, layout=None, device=None, pin_memory=None)

  # a packed layer (see pack) for computing in a type: norms stay float32, with the values that they have in the type
  def typed(self: __torch__.Decoder, w: List[Tensor], dtype: int) -> List[Tensor]:
    if dtype == 6:
      return self.widened(w)
    of_type = annotate(List[Tensor], [])
    for i in range(len(w)):
      rounded = torch.to(w[i], dtype)
      if i == 0 or i == 3 or i == 4 or i == 7:
        rounded = torch.to(rounded, 6)
      of_type.append(rounded)
    return of_type

  # float32 numbers as a type has them
  def rounded(self: __torch__.Decoder, x: Tensor, dtype: int) -> Tensor:
    return torch.to(torch.to(x, dtype), 6)

  def onto(self: __torch__.Decoder, x: Tensor, device: str, dtype: int) -> Tensor:
    return torch.to(x, torch.device(device), dtype)

  def pairs_together(self: __torch__.Decoder, w: Tensor, head_dim: int) -> Tensor:
    if torch.numel(w) == 0:
      return w
    columns = torch.numel(w) // torch.size(w, 0)
    split = torch.view(w, [-1, 2, head_dim // 2, columns])
    return torch.reshape(torch.transpose(split, 1, 2), torch.size(w))

  def joined_bias(self: __torch__.Decoder, biases: List[Tensor], weights: List[Tensor]) -> Tensor:
    present = False
    parts = annotate(List[Tensor], [])
    for i in range(len(biases)):
      if torch.numel(biases[i]) > 0:
        present = True
        parts.append(biases[i])
      else:
        parts.append(torch.new_zeros(weights[i], [torch.size(weights[i], 0)]))
    if present:
      return torch.cat(parts)
    return biases[0]

  # t: weights then biases of q, k, v, o, gate, up, down; then input, post-attention, q and k norms
  def pack(self: __torch__.Decoder, t: List[Tensor], head_dim: int) -> List[Tensor]:
    q = self.pairs_together(t[0], head_dim)
    k = self.pairs_together(t[1], head_dim)
    bq = self.pairs_together(t[7], head_dim)
    bk = self.pairs_together(t[8], head_dim)
    qkv_bias = self.joined_bias([bq, bk, t[9]], [q, k, t[2]])
    gate_up_bias = self.joined_bias([t[11], t[12]], [t[4], t[5]])
    return [t[14], torch.cat([q, k, t[2]]), qkv_bias, self.pairs_together(t[16], head_dim), self.pairs_together(t[17], head_dim), t[3], t[10], t[15], torch.cat([t[4], t[5]]), gate_up_bias, t[6], t[13]]

  # ---- quantized activations

  def quantized_rows(self: __torch__.Decoder, x: Tensor, bits: int, symmetric: int) -> Tensor:
    if symmetric == 1:
      top = float(2 ** (bits - 1) - 1)
      peak = torch.amax(torch.abs(x), [-1], True)
      scale = torch.div(peak, top)
      scale = torch.masked_fill(scale, torch.eq(peak, 0.), 1.)
      return torch.mul_(torch.clamp_(torch.round_(torch.div(x, scale)), -top - 1., top), scale)
    steps = float(2 ** bits - 1)
    low = torch.clamp(torch.amin(x, [-1], True), None, 0.)
    high = torch.clamp(torch.amax(x, [-1], True), 0., None)
    scale = torch.div(torch.sub(high, low), steps)
    scale = torch.masked_fill(scale, torch.eq(high, low), 1.)
    zero = torch.round(torch.div(torch.neg(low), scale))
    q = torch.clamp_(torch.add_(torch.round_(torch.div(x, scale)), zero), 0., steps)
    return torch.mul_(torch.sub_(q, zero), scale)

  # Rows with their lowest and their highest values drawn in, `beyond` of each, or as many largest magnitudes as both are together:
  # to the next value inwards times tail, and no further than 0; a range of nothing but 0 clips nothing.
  def clipped_rows(self: __torch__.Decoder, x: Tensor, beyond: int, tail: float, symmetric: int) -> Tensor:
    width = torch.size(x, -1)
    if symmetric == 1:
      peak, place, = torch.kthvalue(torch.abs(x), width - 2 * beyond, -1, True)
      bound = torch.mul(peak, tail)
      drawn = torch.minimum(torch.maximum(x, torch.neg(bound)), bound)
      return torch.where(torch.eq(bound, 0.), x, drawn)
    lowest, place, = torch.kthvalue(x, beyond + 1, -1, True)
    highest, place, = torch.kthvalue(x, width - beyond, -1, True)
    low = torch.clamp(torch.mul(lowest, tail), None, 0.)
    high = torch.clamp(torch.mul(highest, tail), 0., None)
    clipped = torch.minimum(torch.maximum(x, low), high)
    return torch.where(torch.eq(low, high), x, clipped)

  # Clipped where the shape goes on behind the bands of keys: with the share of a row, in 1e-9, that is beyond at each end, and
  # its tail in 1 / 65536
  def linear_input(self: __torch__.Decoder, x: Tensor, shape: List[int]) -> Tensor:
    if shape[4] == 0:
      return x
    wide = torch.to(x, 6)
    at = 10 + 4 * shape[9]
    if len(shape) > at:
      beyond = torch.size(x, -1) * shape[at] // 1000000000
      if beyond > 0:
        wide = self.clipped_rows(wide, beyond, float(shape[at + 1]) / 65536., shape[5])
    return torch.to(self.quantized_rows(wide, shape[4], shape[5]), ops.prim.dtype(x))

  # Rows of keys, pairs side by side, each band by itself. Where `beyond` values at either end of a band are to be clipped, it
  # is to the next value inwards times tail / 65536, and no further than 0; a range of nothing but 0 clips nothing.
  def quantized_keys(self: __torch__.Decoder, k: Tensor, shape: List[int]) -> Tensor:
    if shape[9] == 0:
      return self.quantized_rows(k, shape[3], 0)
    parts = annotate(List[Tensor], [])
    start = 0
    for i in range(shape[9]):
      at = 10 + 4 * i
      width = shape[at]
      beyond = shape[at + 2]
      part = torch.narrow(k, -1, start, width)
      if beyond > 0:
        part = self.clipped_rows(part, beyond, float(shape[at + 3]) / 65536., 0)
      parts.append(self.quantized_rows(part, shape[at + 1], 0))
      start = start + width
    return torch.cat(parts, -1)

  # Cached keys from keys before and after their rotation, [.., .., head_dim]. Before it they are quantized times their band
  # factors, as a checkpoint with rescaled rows has them, and turned by the rest of the table.
  def stored_keys(self: __torch__.Decoder, k: Tensor, rotated: Tensor, table: Tensor, factors: Tensor, shape: List[int]) -> Tensor:
    if shape[8] == 0:
      return self.quantized_keys(rotated, shape)
    size = torch.size(k)
    pairs = torch.view(k, [size[0], size[1], size[2] // 2, 2])
    scaled = torch.view(torch.mul(pairs, torch.unsqueeze(factors, -1)), size)
    return self.turned(self.quantized_keys(scaled, shape), torch.div(table, factors))

  # ---- rotary tables, masks, cache

  def rotary_table(self: __torch__.Decoder, inv_freq: Tensor, factors: Tensor, positions: int) -> Tensor:
    at = torch.arange(positions, dtype=6, layout=None, device=ops.prim.device(inv_freq), pin_memory=None)
    angles = torch.outer(at, inv_freq)
    return torch.complex(torch.mul(torch.cos(angles), factors), torch.mul(torch.sin(angles), factors))

  def chunk_tables(self: __torch__.Decoder, tables: List[Tensor], past: int, n: int) -> List[Tensor]:
    # at position 0 a row is the factors themselves: cos 0 = 1, sin 0 = 0
    factors = torch.select(torch.view_as_real(torch.narrow(tables[1], 0, 0, 1)), -1, 0)
    return [torch.unsqueeze(torch.narrow(tables[0], 0, past, n), 1), torch.narrow(tables[1], 0, past, n), factors]

  # 0 where key position first + column is visible to query position past + row, else -inf
  def mask(self: __torch__.Decoder, like: Tensor, past: int, n: int, first: int, window: int, dtype: int) -> Tensor:
    device = ops.prim.device(like)
    query = torch.unsqueeze(torch.arange(past, past + n, dtype=4, layout=None, device=device, pin_memory=None), 1)
    key = torch.arange(first, past + n, dtype=4, layout=None, device=device, pin_memory=None)
    visible = torch.__and__(torch.le(key, query), torch.gt(torch.add(key, window), query))
    zeros = torch.new_zeros(like, [n, past + n - first], dtype=dtype)
    return torch.masked_fill(zeros, torch.logical_not(visible), -float("inf"))

  def cache(self: __torch__.Decoder, like: Tensor, kv_heads: int, positions: int, head_dim: int, dtype: int) -> List[Tensor]:
    return [torch.new_empty(like, [kv_heads, positions, head_dim], dtype=dtype), torch.new_empty(like, [kv_heads, positions, head_dim], dtype=dtype)]

  # ---- the forward pass

  # rows in a type beside the tokens, wherever and in whichever type the embedding rests
  def embed(self: __torch__.Decoder, embedding: Tensor, tokens: Tensor, dtype: int) -> Tensor:
    rows = torch.embedding(embedding, torch.to(tokens, ops.prim.device(embedding), 4))
    return torch.to(rows, ops.prim.device(tokens), dtype)

  def rms_norm(self: __torch__.Decoder, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    wide = torch.to(x, 6)
    norm = torch.linalg_vector_norm(wide, 2, [-1], True)
    inverse = torch.rsqrt_(torch.add_(torch.div_(torch.mul_(norm, norm), torch.size(x, -1)), eps))
    return torch.to(torch.mul_(torch.mul(wide, inverse), weight), ops.prim.dtype(x))

  def linear(self: __torch__.Decoder, x: Tensor, w: Tensor, b: Tensor, wide: int) -> Tensor:
    if wide == 1:
      y = torch.linear(torch.to(x, 6), torch.to(w, 6), None)
      if torch.numel(b) > 0:
        y = torch.add_(y, b)
      return torch.to(y, ops.prim.dtype(x))
    if torch.numel(b) == 0:
      return torch.linear(x, w, None)
    return torch.linear(x, w, b)

  # counts [pairs * buckets] += histogram over buckets of |x|, x [n, heads, head_dim] with pairs side by side
  def count_magnitudes(self: __torch__.Decoder, x: Tensor, counts: Tensor, layout: List[float]) -> Tensor:
    below = layout[1] - 1.
    above = layout[2] + 1.
    index = torch.ceil_(torch.mul_(torch.log(torch.abs(x)), layout[0]))
    index = torch.nan_to_num(index, above, above, below)
    index = torch.sub_(torch.clamp_(index, below, above), below)
    pairs = torch.size(x, -1) // 2
    buckets = torch.numel(counts) // pairs
    pair = torch.arange(torch.size(x, -1), dtype=None, layout=None, device=ops.prim.device(x), pin_memory=None)
    start = torch.mul(torch.floor_divide(pair, 2), buckets)
    flat = torch.reshape(torch.add(torch.to(index, 4), start), [-1])
    return torch.add_(counts, torch.bincount(flat, None, torch.numel(counts)))

  # one kernel's [attention, its log-sum-exp [kv, group, n]] of q [kv, group, n, d] over k and v [kv, m, d], all visible or
  # causal. The strides of keys and values along a group are 0: no head is copied.
  def attention_part(self: __torch__.Decoder, q: Tensor, k: Tensor, v: Tensor, causal: bool, kernel: int) -> List[Tensor]:
    kv = torch.size(q, 0)
    group = torch.size(q, 1)
    n = torch.size(q, 2)
    d = torch.size(q, 3)
    if kernel == 1:
      # grouped heads are its own affair; its output lies as o reads it
      flat = torch.reshape(q, [1, kv * group, n, d])
      o, lse, cum_q, cum_k, max_q, max_k, seed, offset, debug, = torch._scaled_dot_product_flash_attention(flat, torch.unsqueeze(k, 0), torch.unsqueeze(v, 0), 0., causal, False)
      return [torch.view(o, [kv, group, n, d]), torch.view(lse, [kv, group, n])]
    keys = torch.expand(torch.unsqueeze(k, 1), [-1, group, -1, -1])
    values = torch.expand(torch.unsqueeze(v, 1), [-1, group, -1, -1])
    if kernel == 2:
      # its log-sum-exps are padded
      o, lse, seed, offset, = torch._scaled_dot_product_efficient_attention(q, keys, values, None, True, 0., causal)
      return [o, torch.narrow(lse, 2, 0, n)]
    o, lse, = torch._scaled_dot_product_flash_attention_for_cpu(q, keys, values, 0., causal)
    return [o, lse]

  # softmax(q k^T / sqrt(d)) v over the first past + n cached positions; q [kv, group, n, d]. Without a mask, the part
  # before the chunk (all visible) and the chunk itself (causal) are two calls joined by their log-sum-exps, which spares
  # the mask and the hidden half.
  def attention(self: __torch__.Decoder, q: Tensor, k: Tensor, v: Tensor, past: int, mask: Tensor, kernel: int) -> Tensor:
    n = torch.size(q, 2)
    seen = past + n
    group = torch.size(q, 1)
    if torch.numel(mask) > 0:
      span = torch.size(mask, 1)
      keys = torch.expand(torch.unsqueeze(torch.narrow(k, 1, seen - span, span), 1), [-1, group, -1, -1])
      values = torch.expand(torch.unsqueeze(torch.narrow(v, 1, seen - span, span), 1), [-1, group, -1, -1])
      return torch.scaled_dot_product_attention(q, keys, values, mask)
    own = self.attention_part(q, torch.narrow(k, 1, past, n), torch.narrow(v, 1, past, n), True, kernel)
    if past == 0:
      return own[0]
    old = self.attention_part(q, torch.narrow(k, 1, 0, past), torch.narrow(v, 1, 0, past), False, kernel)
    share = torch.unsqueeze(torch.sigmoid(torch.sub(own[1], old[1])), -1)
    return torch.to(torch.lerp(torch.to(old[0], 6), torch.to(own[0], 6), share), ops.prim.dtype(q))

  def wide_attention(self: __torch__.Decoder, q: Tensor, k: Tensor, v: Tensor, past: int, mask: Tensor, kernel: int) -> Tensor:
    n = torch.size(q, 2)
    span = past + n
    if torch.numel(mask) > 0:
      span = torch.size(mask, 1)
    keys = torch.to(torch.narrow(k, 1, past + n - span, span), 6)
    values = torch.to(torch.narrow(v, 1, past + n - span, span), 6)
    return torch.to(self.attention(torch.to(q, 6), keys, values, span - n, mask, kernel), ops.prim.dtype(q))

  def waves(self: __torch__.Decoder, like: Tensor, shape: List[int], frequency: float, type: int) -> Tensor:
    count = 1
    for size in shape:
      count = count * size
    at = torch.arange(count, dtype=7, layout=None, device=ops.prim.device(like), pin_memory=None)
    return torch.to(torch.view(torch.sin(torch.mul(at, frequency)), shape), type)

  # [largest difference of a kernel from the plain formula in float64, largest value of the latter]; grouped heads, keys
  # and values that lie in a longer cache, and past + n positions of which the last n ask
  def attention_probe(self: __torch__.Decoder, like: Tensor, head_dim: int, past: int, n: int, type: int, kernel: int) -> Tensor:
    seen = past + n
    q = torch.permute(torch.view(self.waves(like, [n, 4 * head_dim], 1.7, type), [n, 2, 2, head_dim]), [1, 2, 0, 3])
    k = self.waves(like, [2, seen + 3, head_dim], 2.3, type)
    v = self.waves(like, [2, seen + 3, head_dim], 0.9, type)
    hidden = self.mask(like, past, n, 0, seen, 6)
    mask = torch.new_empty(like, [0])
    if kernel == 0:
      mask = torch.to(hidden, type)
    found = torch.to(self.attention(q, k, v, past, mask, kernel), 7)
    keys = torch.to(torch.unsqueeze(torch.narrow(k, 1, 0, seen), 1), 7)
    values = torch.to(torch.unsqueeze(torch.narrow(v, 1, 0, seen), 1), 7)
    logits = torch.div(torch.matmul(torch.to(q, 7), torch.transpose(keys, 2, 3)), float(head_dim) ** 0.5)
    expected = torch.matmul(torch.softmax(torch.add(logits, torch.to(hidden, 7)), -1), values)
    return torch.stack([torch.amax(torch.abs(torch.sub(found, expected))), torch.amax(torch.abs(expected))])

  def attended(self: __torch__.Decoder, x: Tensor, w: List[Tensor], cache: List[Tensor], tables: List[Tensor], mask: Tensor, past: int, shape: List[int], eps: float, counts: List[Tensor], layout: List[float]) -> Tensor:
    heads = shape[0]
    kv = shape[1]
    d = shape[2]
    n = torch.size(x, 0)
    qkv = torch.view(self.linear(x, w[1], w[2], shape[6]), [n, heads + 2 * kv, d])
    q = torch.narrow(qkv, 1, 0, heads)
    k = torch.narrow(qkv, 1, heads, kv)
    v = torch.transpose(torch.narrow(qkv, 1, heads + kv, kv), 0, 1)
    if torch.numel(w[3]) > 0:
      q = self.rms_norm(q, w[3], eps)
      k = self.rms_norm(k, w[4], eps)
    type = ops.prim.dtype(x)
    q = torch.to(q, 6)
    k = torch.to(k, 6)
    probing = len(counts) > 0
    if probing:
      counted = self.count_magnitudes(q, counts[0], layout)
      counted = self.count_magnitudes(k, counts[1], layout)
    turned = torch.mul_(torch.view_as_complex(torch.view(q, [n, heads, d // 2, 2])), tables[0])
    cached_k = torch.narrow(cache[0], 1, past, n)
    cached_v = torch.narrow(cache[1], 1, past, n)
    kc = torch.transpose(torch.view_as_complex(torch.view(k, [n, kv, d // 2, 2])), 0, 1)
    rotated_k = cached_k
    if type == 6:
      cached_kc = torch.view_as_complex(torch.view(cached_k, [kv, n, d // 2, 2]))
      written = torch.mul(kc, tables[1], out=cached_kc)
    else:
      rotated_k = torch.view(torch.view_as_real(torch.contiguous(torch.mul(kc, tables[1]))), [kv, n, d])
    if probing:
      counted = self.count_magnitudes(q, counts[2], layout)
      counted = self.count_magnitudes(rotated_k, counts[3], layout)
    if shape[3] > 0:
      plain = k
      if shape[8] == 1:
        plain = torch.contiguous(torch.transpose(k, 0, 1))
      stored = torch.copy_(cached_k, self.stored_keys(plain, rotated_k, tables[1], tables[2], shape))
      stored = torch.copy_(cached_v, self.quantized_rows(torch.to(v, 6), shape[3], 0))
    else:
      if type != 6:
        stored = torch.copy_(cached_k, rotated_k)
      stored = torch.copy_(cached_v, v)
    grouped = torch.permute(torch.view(torch.to(q, type), [n, kv, heads // kv, d]), [1, 2, 0, 3])
    if shape[6] == 1:
      o = self.wide_attention(grouped, cache[0], cache[1], past, mask, shape[7])
    else:
      o = self.attention(grouped, cache[0], cache[1], past, mask, shape[7])
    return torch.reshape(torch.permute(o, [2, 0, 1, 3]), [n, heads * d])

  def gated(self: __torch__.Decoder, x: Tensor, w: List[Tensor], wide: int) -> Tensor:
    both = self.linear(x, w[8], w[9], wide)
    width = torch.size(both, 1) // 2
    return torch.mul_(torch.silu_(torch.narrow(both, 1, 0, width)), torch.narrow(both, 1, width, width))

  # in 16 bits the linear's own output is rounded, as in the reference, before it is added
  def residual(self: __torch__.Decoder, x: Tensor, input: Tensor, w: Tensor, b: Tensor, wide: int) -> Tensor:
    if ops.prim.dtype(x) != 6:
      return torch.add_(self.linear(input, w, b, wide), x)
    y = torch.addmm(x, input, torch.t(w))
    if torch.numel(b) > 0:
      y = torch.add_(y, b)
    return y

  def block(self: __torch__.Decoder, x: Tensor, w: List[Tensor], cache: List[Tensor], tables: List[Tensor], mask: Tensor, past: int, shape: List[int], eps: float, counts: List[Tensor], layout: List[float]) -> Tensor:
    a = self.linear_input(self.rms_norm(x, w[0], eps), shape)
    o = self.linear_input(self.attended(a, w, cache, tables, mask, past, shape, eps, counts, layout), shape)
    h = self.residual(x, o, w[5], w[6], shape[6])
    m = self.linear_input(self.rms_norm(h, w[7], eps), shape)
    f = self.linear_input(self.gated(m, w, shape[6]), shape)
    return self.residual(h, f, w[10], w[11], shape[6])

  # the block with the inputs of its linears: [output, of q k v, of o, of gate up, of down], each before quantization
  def traced_block(self: __torch__.Decoder, x: Tensor, w: List[Tensor], cache: List[Tensor], tables: List[Tensor], mask: Tensor, past: int, shape: List[int], eps: float) -> List[Tensor]:
    a = self.rms_norm(x, w[0], eps)
    o = self.attended(self.linear_input(a, shape), w, cache, tables, mask, past, shape, eps, [], [])
    h = self.residual(x, self.linear_input(o, shape), w[5], w[6], shape[6])
    m = self.rms_norm(h, w[7], eps)
    f = self.gated(self.linear_input(m, shape), w, shape[6])
    y = self.residual(h, self.linear_input(f, shape), w[10], w[11], shape[6])
    return [y, a, o, m, torch.contiguous(f)]

  # what enters the linears as far as one of them, and nothing behind it: 0 q k v, 1 o, 2 gate up, 3 down
  def entered(self: __torch__.Decoder, x: Tensor, w: List[Tensor], cache: List[Tensor], tables: List[Tensor], mask: Tensor, past: int, shape: List[int], eps: float, last: int) -> List[Tensor]:
    a = self.rms_norm(x, w[0], eps)
    if last == 0:
      return [a]
    o = self.attended(self.linear_input(a, shape), w, cache, tables, mask, past, shape, eps, [], [])
    if last == 1:
      return [a, o]
    h = self.residual(x, self.linear_input(o, shape), w[5], w[6], shape[6])
    m = self.rms_norm(h, w[7], eps)
    if last == 2:
      return [a, o, m]
    f = self.gated(self.linear_input(m, shape), w, shape[6])
    return [a, o, m, torch.contiguous(f)]

  # a packed layer with other weights of q, k and v
  def with_query_key_value(self: __torch__.Decoder, w: List[Tensor], q: Tensor, k: Tensor, v: Tensor, head_dim: int) -> List[Tensor]:
    qkv = torch.cat([self.pairs_together(q, head_dim), self.pairs_together(k, head_dim), v])
    return [w[0], qkv, w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11]]

  # what enters o, for the normed input of q, k and v
  def attention_output(self: __torch__.Decoder, a: Tensor, w: List[Tensor], cache: List[Tensor], tables: List[Tensor], mask: Tensor, past: int, shape: List[int], eps: float) -> Tensor:
    return self.attended(a, w, cache, tables, mask, past, shape, eps, [], [])

  # where rows' logits are made again and again on a processor, which pays for memory that it touches first: the product in
  # the head's type, and float32 where that is another; elsewhere nothing
  def logits_room(self: __torch__.Decoder, rows: Tensor, head: Tensor, count: int) -> List[Tensor]:
    if not ops.prim.is_cpu(rows):
      return []
    room = [torch.new_empty(head, [count, torch.size(head, 0)])]
    if ops.prim.dtype(rows) != 6:
      room.append(torch.new_empty(head, [count, torch.size(head, 0)], dtype=6))
    return room

  # what logits_of gives, which the next call overwrites where there is room
  def logits_in(self: __torch__.Decoder, room: List[Tensor], rows: Tensor, head: Tensor) -> Tensor:
    if len(room) == 0:
      return self.logits_of(rows, head)
    count = torch.size(rows, 0)
    y = torch.mm(torch.to(rows, ops.prim.dtype(head)), torch.t(head), out=torch.narrow(room[0], 0, 0, count))
    if len(room) == 1:
      return y
    return torch.copy_(torch.narrow(room[1], 0, 0, count), torch.to(y, ops.prim.dtype(rows)))

  # nll of targets; on a processor the logits become their log-softmax
  def losses_of(self: __torch__.Decoder, logits: Tensor, targets: Tensor) -> Tensor:
    if not ops.prim.is_cpu(logits):
      return torch.cross_entropy_loss(logits, targets, None, 0, -100, 0.)
    shares = torch.log_softmax(logits, -1, None, out=logits)
    return torch.neg(torch.squeeze(torch.gather(shares, 1, torch.unsqueeze(targets, 1)), 1))

  # nll of `targets` under the rows [carry; x without its last], and x's last row after the norm, to carry on
  def score(self: __torch__.Decoder, x: Tensor, carry: Tensor, norm: Tensor, head: Tensor, targets: Tensor, eps: float, max_rows: int, wide: int) -> List[Tensor]:
    normed = self.rms_norm(x, norm, eps)
    last = torch.size(normed, 0) - 1
    rows = torch.cat([torch.to(carry, ops.prim.dtype(x)), torch.narrow(normed, 0, 0, last)])
    count = torch.size(rows, 0)
    nll = torch.new_empty(rows, [count], dtype=6)
    if wide == 1:
      head = torch.to(head, 6)
    room = self.logits_room(rows, head, min(max_rows, count))
    start = 0
    while start < count:
      size = min(max_rows, count - start)
      logits = self.logits_in(room, torch.narrow(rows, 0, start, size), head)
      loss = self.losses_of(logits, torch.narrow(targets, 0, start, size))
      stored = torch.copy_(torch.narrow(nll, 0, start, size), loss)
      start = start + size
    return [nll, torch.clone(torch.narrow(normed, 0, last, 1))]

  # the same, and before x's last row where the target is as likely as any token: 1, else 0
  def score_ranked(self: __torch__.Decoder, x: Tensor, carry: Tensor, norm: Tensor, head: Tensor, targets: Tensor, eps: float, max_rows: int, wide: int) -> List[Tensor]:
    normed = self.rms_norm(x, norm, eps)
    last = torch.size(normed, 0) - 1
    rows = torch.cat([torch.to(carry, ops.prim.dtype(x)), torch.narrow(normed, 0, 0, last)])
    count = torch.size(rows, 0)
    nll = torch.new_empty(rows, [count], dtype=6)
    likeliest = torch.new_empty(rows, [count], dtype=6)
    if wide == 1:
      head = torch.to(head, 6)
    room = self.logits_room(rows, head, min(max_rows, count))
    start = 0
    while start < count:
      size = min(max_rows, count - start)
      logits = self.logits_in(room, torch.narrow(rows, 0, start, size), head)
      hit = torch.narrow(targets, 0, start, size)
      own = torch.squeeze(torch.gather(logits, 1, torch.unsqueeze(hit, 1)), 1)
      ranked = torch.copy_(torch.narrow(likeliest, 0, start, size), torch.ge(own, torch.amax(logits, [-1])))
      stored = torch.copy_(torch.narrow(nll, 0, start, size), self.losses_of(logits, hit))
      start = start + size
    return [nll, likeliest, torch.clone(torch.narrow(normed, 0, last, 1))]

  # x's last row after the norm, where nothing is scored
  def carried(self: __torch__.Decoder, x: Tensor, norm: Tensor, eps: float) -> Tensor:
    normed = self.rms_norm(x, norm, eps)
    return torch.clone(torch.narrow(normed, 0, torch.size(normed, 0) - 1, 1))

  # in float32 with the values that the rows' type gives them; a head of float32 means widened products
  def logits_of(self: __torch__.Decoder, rows: Tensor, head: Tensor) -> Tensor:
    y = torch.linear(torch.to(rows, ops.prim.dtype(head)), head, None)
    return torch.to(torch.to(y, ops.prim.dtype(rows)), 6)

  def logits(self: __torch__.Decoder, x: Tensor, norm: Tensor, head: Tensor, eps: float, wide: int) -> List[Tensor]:
    normed = self.rms_norm(x, norm, eps)
    if wide == 1:
      head = torch.to(head, 6)
    return [torch.to(normed, 6), self.logits_of(normed, head)]

  # ids of the largest logits of rows that `score` carries on, int64; the lowest of equal ones is not promised
  def likeliest(self: __torch__.Decoder, rows: Tensor, head: Tensor, wide: int) -> Tensor:
    if wide == 1:
      head = torch.to(head, 6)
    return torch.argmax(self.logits_of(rows, head), -1)

  # what the head reads, in float32: the values that the type of x gives them
  def normed(self: __torch__.Decoder, x: Tensor, norm: Tensor, eps: float) -> Tensor:
    return torch.to(self.rms_norm(x, norm, eps), 6)

  # where `shares` stand for rows that `normed` gave, as `logits_room` says; codes: the type that the rows are rounded to, `wide`
  def shares_room(self: __torch__.Decoder, rows: Tensor, head: Tensor, code: int, wide: int, count: int) -> List[Tensor]:
    if wide == 1:
      head = torch.new_empty(head, [torch.size(head, 0), 0], dtype=6)
    return self.logits_room(torch.new_empty(rows, [0], dtype=code), head, count)

  # float32 log-probabilities behind rows that `normed` gave, computed in the type of a code
  def shares(self: __torch__.Decoder, room: List[Tensor], rows: Tensor, head: Tensor, code: int, wide: int) -> Tensor:
    if wide == 1:
      head = torch.to(head, 6)
    logits = self.logits_in(room, torch.to(rows, code), head)
    if len(room) == 0:
      return torch.log_softmax(logits, -1)
    return torch.log_softmax(logits, -1, None, out=logits)

  # into found [4, rows]: what log-probabilities of the reference and of the model have to say of each row
  def compare_shares(self: __torch__.Decoder, found: Tensor, lp: Tensor, lq: Tensor, targets: Tensor) -> Tensor:
    hit = torch.unsqueeze(targets, 1)
    same = torch.eq(torch.argmax(lp, -1), torch.argmax(lq, -1))
    a = torch.copy_(torch.select(found, 0, 3), same)
    c = torch.copy_(torch.select(found, 0, 1), torch.neg(torch.squeeze(torch.gather(lp, 1, hit), 1)))
    d = torch.copy_(torch.select(found, 0, 2), torch.neg(torch.squeeze(torch.gather(lq, 1, hit), 1)))
    return torch.copy_(torch.select(found, 0, 0), torch.sum(torch.mul_(torch.sub(lp, lq), torch.exp(lp)), [-1], dtype=7))

  # next-token distributions of two models beside each other, by the rows that their heads read: float64 [4, rows] of
  # KL(reference || model), -ln p(target) of the reference, the same of the model, and 1 where the likeliest token is the same.
  # Sums are made of `slice` rows at a time, whose terms are copied to float64
  def divergence_in(self: __torch__.Decoder, reference_room: List[Tensor], room: List[Tensor], reference: Tensor, reference_head: Tensor, rows: Tensor, head: Tensor, targets: Tensor, codes: List[int], max_rows: int, slice: int) -> Tensor:
    count = torch.size(rows, 0)
    found = torch.new_empty(rows, [4, count], dtype=7)
    start = 0
    while start < count:
      size = min(max_rows, count - start)
      lp = self.shares(reference_room, torch.narrow(reference, 0, start, size), reference_head, codes[0], codes[1])
      lq = self.shares(room, torch.narrow(rows, 0, start, size), head, codes[2], codes[3])
      row = 0
      while row < size:
        some = min(slice, size - row)
        part = torch.narrow(found, 1, start + row, some)
        told = self.compare_shares(part, torch.narrow(lp, 0, row, some), torch.narrow(lq, 0, row, some), torch.narrow(targets, 0, start + row, some))
        row = row + some
      start = start + size
    return found

  # the same in memory that is made for each rows anew: what an accelerator does
  def divergence_anew(self: __torch__.Decoder, reference: Tensor, reference_head: Tensor, rows: Tensor, head: Tensor, targets: Tensor, codes: List[int], max_rows: int) -> Tensor:
    return self.divergence_in([], [], reference, reference_head, rows, head, targets, codes, max_rows, max_rows)

  def divergence(self: __torch__.Decoder, reference: Tensor, reference_head: Tensor, rows: Tensor, head: Tensor, targets: Tensor, codes: List[int], max_rows: int) -> Tensor:
    if not ops.prim.is_cpu(rows):
      return self.divergence_anew(reference, reference_head, rows, head, targets, codes, max_rows)
    most = min(max_rows, torch.size(rows, 0))
    reference_room = self.shares_room(reference, reference_head, codes[0], codes[1], most)
    room = self.shares_room(rows, head, codes[2], codes[3], most)
    return self.divergence_in(reference_room, room, reference, reference_head, rows, head, targets, codes, max_rows, 8)

  # ---- the backward pass, by hand: it runs on the weights as they are, where autograd would want a copy of them. It is
  # float32 in every precision, with weights and inputs as the precision has them.
  # Rounding (activations, cached keys and values) is passed straight through, its own derivative being 0.

  # what reaches x of y = rms_norm(x)
  def rms_norm_back(self: __torch__.Decoder, x: Tensor, weight: Tensor, eps: float, dy: Tensor) -> Tensor:
    norm = torch.linalg_vector_norm(x, 2, [-1], True)
    inverse = torch.rsqrt(torch.add(torch.div(torch.mul(norm, norm), torch.size(x, -1)), eps))
    unit = torch.mul(x, inverse)
    straight = torch.mul(torch.mul(dy, weight), inverse)
    return torch.sub(straight, torch.mul(unit, torch.mean(torch.mul(straight, unit), [-1], True)))

  def turned(self: __torch__.Decoder, x: Tensor, table: Tensor) -> Tensor:
    shape = torch.size(x)
    pairs = torch.view_as_complex(torch.reshape(x, [shape[0], shape[1], shape[2] // 2, 2]))
    return torch.reshape(torch.view_as_real(torch.mul(pairs, table)), shape)

  # softmax(q k^T / sqrt(d) + mask) of the heads that share key and value head i
  def attention_weights(self: __torch__.Decoder, q: Tensor, k: Tensor, i: int, mask: Tensor) -> Tensor:
    group = torch.size(q, 1) // torch.size(k, 1)
    own = torch.transpose(torch.narrow(q, 1, i * group, group), 0, 1)
    logits = torch.mul_(torch.matmul(own, torch.t(torch.select(k, 1, i))), float(torch.size(q, 2)) ** -0.5)
    return torch.softmax(torch.add_(logits, mask), -1)

  # [dq, dk, dv] of attention, q and d_o [n, heads, d], k and v [n, kv, d], weights per key and value head
  def attention_back(self: __torch__.Decoder, q: Tensor, k: Tensor, v: Tensor, weights: List[Tensor], d_o: Tensor) -> List[Tensor]:
    kv = torch.size(k, 1)
    group = torch.size(q, 1) // kv
    dq = annotate(List[Tensor], [])
    dk = annotate(List[Tensor], [])
    dv = annotate(List[Tensor], [])
    for i in range(kv):
      p = weights[i]
      own = torch.transpose(torch.narrow(q, 1, i * group, group), 0, 1)
      out = torch.transpose(torch.narrow(d_o, 1, i * group, group), 0, 1)
      dp = torch.mul(torch.matmul(out, torch.t(torch.select(v, 1, i))), p)
      ds = torch.sub_(dp, torch.mul(p, torch.sum(dp, [-1], True)))
      ds = torch.mul_(ds, float(torch.size(q, 2)) ** -0.5)
      dq.append(torch.transpose(torch.matmul(ds, torch.select(k, 1, i)), 0, 1))
      dk.append(torch.sum(torch.matmul(torch.transpose(ds, 1, 2), own), [0]))
      dv.append(torch.sum(torch.matmul(torch.transpose(p, 1, 2), out), [0]))
    return [torch.cat(dq, 1), torch.stack(dk, 1), torch.stack(dv, 1)]

  # per pair: sum over positions and heads of dy . y, which is the derivative by ln of a factor on y
  def by_log_scale(self: __torch__.Decoder, y: Tensor, dy: Tensor) -> Tensor:
    pairs = torch.reshape(torch.mul(y, dy), [-1, torch.size(y, 2) // 2, 2])
    return torch.sum(pairs, [0, 2], False, dtype=7)

  # a block over positions from 0: what reaches its input from what reaches its output, and the derivatives by the ln of
  # a factor on each pair of the rotated q and k; everything of the forward pass is computed again
  def block_back(self: __torch__.Decoder, x: Tensor, w: List[Tensor], tables: List[Tensor], mask: Tensor, shape: List[int], eps: float, dy: Tensor) -> List[Tensor]:
    x = torch.to(x, 6)
    w = self.widened(w)
    heads = shape[0]
    kv = shape[1]
    d = shape[2]
    n = torch.size(x, 0)
    a = self.linear_input(self.rms_norm(x, w[0], eps), shape)
    qkv = torch.view(self.linear(a, w[1], w[2], 0), [n, heads + 2 * kv, d])
    q0 = torch.narrow(qkv, 1, 0, heads)
    k0 = torch.narrow(qkv, 1, heads, kv)
    v = torch.narrow(qkv, 1, heads + kv, kv)
    q1 = q0
    k1 = k0
    if torch.numel(w[3]) > 0:
      q1 = self.rms_norm(q0, w[3], eps)
      k1 = self.rms_norm(k0, w[4], eps)
    key_table = torch.unsqueeze(tables[1], 1)
    q = self.turned(q1, tables[0])
    k = self.turned(k1, key_table)
    stored_k = k
    stored_v = v
    if shape[3] > 0:
      stored_k = self.stored_keys(torch.contiguous(k1), k, key_table, tables[2], shape)
      stored_v = self.quantized_rows(v, shape[3], 0)
    weights = annotate(List[Tensor], [])
    outs = annotate(List[Tensor], [])
    for i in range(kv):
      p = self.attention_weights(q, stored_k, i, mask)
      weights.append(p)
      outs.append(torch.transpose(torch.matmul(p, torch.select(stored_v, 1, i)), 0, 1))
    o = self.linear_input(torch.reshape(torch.cat(outs, 1), [n, heads * d]), shape)
    h = self.residual(x, o, w[5], w[6], shape[6])
    m = self.linear_input(self.rms_norm(h, w[7], eps), shape)
    both = self.linear(m, w[8], w[9], 0)
    width = torch.size(both, 1) // 2
    gate = torch.narrow(both, 1, 0, width)
    up = torch.narrow(both, 1, width, width)
    open = torch.sigmoid(gate)
    df = torch.matmul(dy, w[10])
    slope = torch.mul(open, torch.add(torch.mul(gate, torch.rsub(open, 1.)), 1.))
    d_both = torch.cat([torch.mul(torch.mul(df, up), slope), torch.mul(df, torch.mul(gate, open))], 1)
    dh = torch.add(dy, self.rms_norm_back(h, w[7], eps, torch.matmul(d_both, w[8])))
    d_o = torch.view(torch.matmul(dh, w[5]), [n, heads, d])
    back = self.attention_back(q, stored_k, stored_v, weights, d_o)
    dq = self.turned(back[0], torch.conj_physical(tables[0]))
    dk = self.turned(back[1], torch.conj_physical(key_table))
    if torch.numel(w[3]) > 0:
      dq = self.rms_norm_back(q0, w[3], eps, dq)
      dk = self.rms_norm_back(k0, w[4], eps, dk)
    d_qkv = torch.reshape(torch.cat([dq, dk, back[2]], 1), [n, -1])
    dx = torch.add(dh, self.rms_norm_back(x, w[0], eps, torch.matmul(d_qkv, w[1])))
    return [dx, self.by_log_scale(q, back[0]), self.by_log_scale(k, back[1])]

  # what reaches x from the sum of the losses of `targets` under its rows but the last
  def score_back(self: __torch__.Decoder, x: Tensor, norm: Tensor, head: Tensor, targets: Tensor, eps: float, max_rows: int) -> Tensor:
    x = torch.to(x, 6)
    head = torch.to(head, 6)
    normed = self.rms_norm(x, norm, eps)
    back = torch.zeros_like(normed)
    count = torch.size(normed, 0) - 1
    start = 0
    while start < count:
      size = min(max_rows, count - start)
      p = torch.softmax(torch.linear(torch.narrow(normed, 0, start, size), head, None), -1)
      hit = torch.unsqueeze(torch.narrow(targets, 0, start, size), 1)
      p = torch.scatter_add(p, 1, hit, torch.new_full(p, [size, 1], -1.))
      stored = torch.copy_(torch.narrow(back, 0, start, size), torch.matmul(p, head))
      start = start + size
    return self.rms_norm_back(x, norm, eps, back)

  # ---- for measuring a device: numbers of no meaning, made where they are used

  def made(self: __torch__.Decoder, device: str, shape: List[int], type: int) -> Tensor:
    numbers = torch.randn(shape, dtype=6, layout=None, device=torch.device(device), pin_memory=None)
    return torch.to(torch.mul_(numbers, 0.02), type)

  # a packed layer without biases; sizes = [hidden, heads, kv_heads, head_dim, intermediate]
  def made_layer(self: __torch__.Decoder, device: str, sizes: List[int], type: int) -> List[Tensor]:
    hidden = sizes[0]
    own = sizes[1] * sizes[3]
    norm = self.made(device, [hidden], 6)
    none = torch.new_empty(norm, [0])
    qkv = self.made(device, [own + 2 * sizes[2] * sizes[3], hidden], type)
    return [norm, qkv, none, none, none, self.made(device, [hidden, own], type), none, norm, self.made(device, [2 * sizes[4], hidden], type), none, self.made(device, [hidden, sizes[4]], type), none]

  def cleared(self: __torch__.Decoder, w: List[Tensor]) -> List[Tensor]:
    for i in range(len(w)):
      none = torch.zero_(w[i])
    return w

  def product(self: __torch__.Decoder, a: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(a, b)

  # one element, for which everything before it must have been computed
  def first(self: __torch__.Decoder, x: Tensor) -> Tensor:
    return torch.to(torch.narrow(torch.reshape(x, [-1]), 0, 0, 1), 6)

  # large enough for the kernels that would round
  def product_error(self: __torch__.Decoder, device: str) -> Tensor:
    x = torch.full([256, 256], 1.00006103515625, dtype=6, layout=None, device=torch.device(device), pin_memory=None)
    same = torch.eye(256, dtype=6, layout=None, device=torch.device(device), pin_memory=None)
    return torch.reshape(torch.amax(torch.abs(torch.sub(torch.matmul(x, same), x))), [1])

  def dtype_probe(self: __torch__.Decoder, x: Tensor) -> List[Tensor]:
    return [torch.to(x, 6), torch.to(x, 4), torch.to(x, 3), torch.gt(x, 0)]
