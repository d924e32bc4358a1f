# TorchScript in its serialised dialect: read by ScriptModule, never by Python. Weight quantizers and what their
# calibration measures. Weights are float32 and [out, in]; arguments are left as they are where nothing else is said.
class Quantize(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # scale = max(max - min, 1e-5) / (2^b - 1), zero = clamp(-round(min / scale)), over runs of `group` columns
  def round_to_nearest(self: __torch__.Quantize, w: Tensor, bits: int, group: int) -> Tensor:
    top = float(2 ** bits - 1)
    filled = self.filled_groups(w, group)
    g = torch.view(filled, [-1, group])
    low = torch.amin(g, [1], True)
    scale = torch.div(torch.clamp(torch.sub(torch.amax(g, [1], True), low), 1e-5), top)
    zero = torch.clamp(torch.neg(torch.round(torch.div(low, scale))), 0., top)
    q = torch.clamp_(torch.add_(torch.round_(torch.div(g, scale)), zero), 0., top)
    rounded = torch.view(torch.mul_(torch.sub_(q, zero), scale), torch.size(filled))
    return torch.contiguous(torch.narrow(rounded, -1, 0, torch.size(w, -1)))

  # The same with what it is made of: [w', codes, scale, zero, group of each column], see weight_of_codes
  def round_to_codes(self: __torch__.Quantize, w: Tensor, bits: int, group: int) -> List[Tensor]:
    top = float(2 ** bits - 1)
    filled = self.filled_groups(w, group)
    g = torch.view(filled, [-1, group])
    low = torch.amin(g, [1], True)
    scale = torch.div(torch.clamp(torch.sub(torch.amax(g, [1], True), low), 1e-5), top)
    zero = torch.clamp(torch.neg(torch.round(torch.div(low, scale))), 0., top)
    q = torch.clamp_(torch.add_(torch.round_(torch.div(g, scale)), zero), 0., top)
    codes = torch.view(torch.to(q, 0, False, True), torch.size(filled))
    rounded = torch.view(torch.mul_(torch.sub_(q, zero), scale), torch.size(filled))
    columns = torch.size(w, -1)
    order = self.group_of_columns(w, columns, group)
    kept = torch.contiguous(torch.narrow(rounded, -1, 0, columns))
    rows = [torch.size(w, 0), -1]
    return [kept, torch.contiguous(torch.narrow(codes, -1, 0, columns)), torch.view(scale, rows), torch.to(torch.view(zero, rows), 0), order]

  # No elements where groups are whole and in order
  def group_of_columns(self: __torch__.Quantize, like: Tensor, columns: int, group: int) -> Tensor:
    n = columns
    if columns % group == 0:
      n = 0
    each = torch.arange(n, dtype=4, layout=None, device=ops.prim.device(like), pin_memory=None)
    return torch.floor_divide(each, group)

  # The same on a table: of each weight over the largest magnitude of its block the nearest entry, the first of equally near
  # ones. Blocks are runs of the flattened matrix, the last one shorter. [w', codes, magnitude of each block, no zero points,
  # size of a block, table].
  def round_to_table(self: __torch__.Quantize, w: Tensor, table: Tensor, block: int) -> List[Tensor]:
    g = self.blocks_of(torch.reshape(w, [-1]), block)
    peak = torch.amax(torch.abs(g), [1], True)
    scaled = torch.clamp_(torch.mul(g, torch.reciprocal(peak)), -1., 1.)
    least = torch.abs(torch.sub(scaled, torch.select(table, 0, 0)))
    codes = torch.zeros_like(scaled, dtype=0)
    for i in range(1, torch.numel(table)):
      distance = torch.abs(torch.sub(scaled, torch.select(table, 0, i)))
      nearer = torch.lt(distance, least)
      least = torch.where(nearer, distance, least)
      codes = torch.masked_fill_(codes, nearer, i)
    flat = torch.narrow(torch.reshape(codes, [-1]), 0, 0, torch.numel(w))
    size = torch.full([1], block, dtype=4, layout=None, device=ops.prim.device(w), pin_memory=None)
    parts = [torch.reshape(flat, torch.size(w)), torch.reshape(peak, [-1]), torch.new_zeros(codes, [0]), size, table]
    return [self.weight_of_codes(parts, torch.size(w, 1)), parts[0], parts[1], parts[2], parts[3], parts[4]]

  # The same with the magnitudes of blocks rounded in their turn: over the mean, in blocks of `run`, to the nearest entry of a map
  # times the largest magnitude of the run, the lower of two equally near ones
  def round_to_table_twice(self: __torch__.Quantize, w: Tensor, table: Tensor, block: int, map: Tensor, run: int) -> List[Tensor]:
    parts = self.round_to_table(w, table, block)
    peaks = parts[2]
    offset = torch.to(torch.mean(torch.to(peaks, 7)), 6)
    g = self.blocks_of(torch.sub(peaks, offset), run)
    widest = torch.amax(torch.abs(g), [1], True)
    scaled = torch.clamp(torch.mul(g, torch.reciprocal(widest)), -1., 1.)
    last = torch.numel(map) - 1
    left = torch.clamp(torch.sub(torch.searchsorted(map, scaled, out_int32=False, right=True), 1), 0, last)
    right = torch.clamp(torch.add(left, 1), 0, last)
    low = torch.take(map, left)
    high = torch.take(map, right)
    nearer = torch.lt(torch.abs(torch.sub(scaled, high)), torch.abs(torch.sub(scaled, low)))
    rounded = torch.add(torch.mul(torch.where(nearer, high, low), widest), offset)
    kept = torch.clone(torch.narrow(torch.reshape(rounded, [-1]), 0, 0, torch.numel(peaks)))
    twice = [parts[1], kept, parts[3], parts[4], parts[5]]
    return [self.weight_of_codes(twice, torch.size(w, 1)), twice[0], twice[1], twice[2], twice[3], twice[4]]

  # a vector in rows of `block`, filled up with zeros
  def blocks_of(self: __torch__.Quantize, x: Tensor, block: int) -> Tensor:
    lack = (block - torch.numel(x) % block) % block
    if lack > 0:
      x = torch.cat([x, torch.new_zeros(x, [lack])])
    return torch.view(x, [-1, block])

  # (code - zero) scale of [codes, scale, zero, group of each column], or with a fifth part table[code] scale (round_to_table). Codes are bytes, [out, in], or two to a byte, the even
  # column in the low half; scale float32 and zero bytes, [out, groups].
  def weight_of_codes(self: __torch__.Quantize, parts: List[Tensor], columns: int) -> Tensor:
    codes = parts[0]
    order = parts[3]
    rows = torch.size(codes, 0)
    if torch.size(codes, 1) < columns:
      pairs = torch.stack([torch.bitwise_and(codes, 15), torch.bitwise_right_shift(codes, 4)], -1)
      codes = torch.narrow(torch.view(pairs, [rows, -1]), 1, 0, columns)
    if len(parts) > 4:
      values = torch.index_select(parts[4], 0, torch.to(torch.reshape(codes, [-1]), 4))
      g = torch.mul_(self.blocks_of(values, int(order)), torch.unsqueeze(parts[1], -1))
      return torch.reshape(torch.narrow(torch.reshape(g, [-1]), 0, 0, rows * columns), [rows, columns])
    w = torch.to(codes, 6)
    scale = parts[1]
    zero = torch.to(parts[2], 6)
    if torch.numel(order) == 0:
      g = torch.reshape(w, [rows, torch.size(scale, 1), -1])
      return torch.reshape(torch.mul_(torch.sub_(g, torch.unsqueeze(zero, -1)), torch.unsqueeze(scale, -1)), [rows, columns])
    return torch.mul(torch.sub(w, torch.index_select(zero, 1, order)), torch.index_select(scale, 1, order))

  # Two codes of at most 4 bits to a byte
  def paired_codes(self: __torch__.Quantize, codes: Tensor) -> Tensor:
    columns = torch.size(codes, 1)
    even = torch.slice(codes, 1, 0, columns, 2)
    odd = torch.slice(codes, 1, 1, columns, 2)
    if columns % 2 == 1:
      odd = torch.cat([odd, torch.new_zeros(codes, [torch.size(codes, 0), 1])], 1)
    return torch.bitwise_or(even, torch.bitwise_left_shift(odd, 4))

  def unpaired_codes(self: __torch__.Quantize, codes: Tensor, columns: int) -> Tensor:
    pairs = torch.stack([torch.bitwise_and(codes, 15), torch.bitwise_right_shift(codes, 4)], -1)
    return torch.contiguous(torch.narrow(torch.view(pairs, [torch.size(codes, 0), -1]), 1, 0, columns))

  # x with its last column repeated up to a multiple of the group: the shorter last group keeps its range
  def filled_groups(self: __torch__.Quantize, x: Tensor, group: int) -> Tensor:
    lack = (group - torch.size(x, -1) % group) % group
    if lack == 0:
      return x
    last = torch.narrow(x, -1, torch.size(x, -1) - 1, 1)
    return torch.cat([x, torch.repeat_interleave(last, lack, -1)], -1)

  # ---- AWQ

  # sums of |x| per channel, in double, to which add_magnitudes adds those of the rows of x in place
  def zero_magnitudes(self: __torch__.Quantize, like: Tensor, columns: int) -> Tensor:
    return torch.new_zeros(like, [columns], dtype=7)

  def add_magnitudes(self: __torch__.Quantize, sums: Tensor, x: Tensor) -> Tensor:
    return torch.add_(sums, torch.sum(torch.abs(x), [0], False, dtype=7))

  def mean_of(self: __torch__.Quantize, sums: Tensor, rows: int) -> Tensor:
    return torch.to(torch.div(sums, float(rows)), 6)

  # s = max(x^r, 1e-4) / sqrt(max s * min s)
  def channel_scales(self: __torch__.Quantize, magnitude: Tensor, ratio: float) -> Tensor:
    s = torch.clamp(torch.pow(magnitude, ratio), 1e-4)
    return torch.div(s, torch.sqrt(torch.mul(torch.amax(s), torch.amin(s))))

  # quantized(w s) / s: what a linear computes when its input is divided by s
  def round_scaled(self: __torch__.Quantize, w: Tensor, s: Tensor, bits: int, group: int) -> Tensor:
    return torch.div_(self.round_to_nearest(torch.mul(w, s), bits, group), s)

  def columns_times(self: __torch__.Quantize, w: Tensor, s: Tensor) -> Tensor:
    return torch.mul(w, s)

  # a vector, or the last dimension of a matrix, over s
  def over(self: __torch__.Quantize, x: Tensor, s: Tensor) -> Tensor:
    return torch.div(x, s)

  def rows_over(self: __torch__.Quantize, w: Tensor, s: Tensor) -> Tensor:
    return torch.div(w, torch.unsqueeze(s, 1))

  # sum of the squares of (x - y) w^T
  def squared_difference(self: __torch__.Quantize, x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    d = torch.linear(torch.sub(x, y), w, None)
    return torch.to(torch.sum(torch.mul_(d, d), dtype=7), 6)

  # sum of the squares of x (w - v)^T
  def squared_change(self: __torch__.Quantize, x: Tensor, w: Tensor, v: Tensor) -> Tensor:
    d = torch.linear(x, torch.sub(w, v), None)
    return torch.to(torch.sum(torch.mul_(d, d), dtype=7), 6)

  # a bias may be a tensor without elements
  def linear(self: __torch__.Quantize, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.numel(b) == 0:
      return torch.linear(x, w, None)
    return torch.linear(x, w, b)

  def gated(self: __torch__.Quantize, x: Tensor, gate: Tensor, gate_bias: Tensor, up: Tensor, up_bias: Tensor) -> Tensor:
    return torch.mul_(torch.silu_(self.linear(x, gate, gate_bias)), self.linear(x, up, up_bias))

  # rows first, first + step, ... of x
  def rows_from(self: __torch__.Quantize, x: Tensor, first: int, step: int) -> Tensor:
    return torch.contiguous(torch.slice(x, 0, first, torch.size(x, 0), step))

  def stacked(self: __torch__.Quantize, xs: List[Tensor]) -> Tensor:
    return torch.cat(xs)

  # bound of |w| per row and group, [out, groups, 1]: of m = peak (1 - i/20), i = 0..9, the first whose clamped and
  # quantized group changes the group's part of the output least over the rows of x. `part` output rows at a time.
  def clip_bounds(self: __torch__.Quantize, w: Tensor, x: Tensor, bits: int, group: int, part: int) -> Tensor:
    filled = self.filled_groups(w, group)
    groups = torch.size(filled, 1) // group
    silent = torch.new_zeros(x, [torch.size(x, 0), torch.size(filled, 1) - torch.size(x, 1)])
    xg = torch.transpose(torch.reshape(torch.cat([x, silent], 1), [-1, groups, group]), 0, 1)
    bounds = annotate(List[Tensor], [])
    start = 0
    while start < torch.size(w, 0):
      n = min(part, torch.size(w, 0) - start)
      wg = torch.reshape(torch.narrow(filled, 0, start, n), [n, groups, group])
      peak = torch.amax(torch.abs(wg), [-1], True)
      best = torch.clone(peak)
      least = torch.full_like(peak, 1e9)
      for i in range(10):
        m = torch.mul(peak, 1. - float(i) / 20.)
        clamped = torch.minimum(torch.maximum(wg, torch.neg(m)), m)
        change = torch.sub_(self.round_to_nearest(clamped, bits, group), wg)
        y = torch.bmm(xg, torch.permute(change, [1, 2, 0]))
        error = torch.unsqueeze(torch.t(torch.mean(torch.mul_(y, y), [1], False)), -1)
        better = torch.lt(error, least)
        least = torch.where(better, error, least)
        best = torch.where(better, m, best)
      bounds.append(best)
      start = start + n
    return torch.cat(bounds)

  def clamped_groups(self: __torch__.Quantize, w: Tensor, bounds: Tensor, group: int) -> Tensor:
    filled = self.filled_groups(w, group)
    g = torch.view(filled, [torch.size(w, 0), torch.size(bounds, 1), group])
    clamped = torch.view(torch.minimum(torch.maximum(g, torch.neg(bounds)), bounds), torch.size(filled))
    return torch.contiguous(torch.narrow(clamped, 1, 0, torch.size(w, 1)))

  # ---- SmoothQuant

  def zero_peaks(self: __torch__.Quantize, like: Tensor, columns: int) -> Tensor:
    return torch.new_zeros(like, [columns])

  # the largest |x| per channel so far, in place
  def add_peaks(self: __torch__.Quantize, peaks: Tensor, x: Tensor) -> Tensor:
    return torch.copy_(peaks, torch.maximum(peaks, torch.amax(torch.abs(x), [0])))

  # s = max(peaks^alpha / max(|w|, 1e-5)^(1 - alpha), 1e-5), |w| the largest of a column over all of ws
  def smoothing(self: __torch__.Quantize, peaks: Tensor, ws: List[Tensor], alpha: float) -> Tensor:
    w = torch.clamp(torch.amax(torch.abs(torch.cat(ws)), [0]), 1e-5)
    return torch.clamp(torch.div(torch.pow(peaks, alpha), torch.pow(w, 1. - alpha)), 1e-5)

  # scale = max(|w|, 1e-5) / (2^(b-1) - 1) over runs of `group` columns, zero in the middle of the codes: [w', codes, scale,
  # zero, group of each column], see weight_of_codes
  def round_symmetric(self: __torch__.Quantize, w: Tensor, bits: int, group: int) -> List[Tensor]:
    top = float(2 ** (bits - 1) - 1)
    filled = self.filled_groups(w, group)
    g = torch.view(filled, [-1, group])
    scale = torch.div(torch.clamp(torch.amax(torch.abs(g), [1], True), 1e-5), top)
    q = torch.clamp_(torch.round_(torch.div(g, scale)), -top, top)
    q = torch.add_(q, top + 1.)
    codes = torch.view(torch.to(q, 0, False, True), torch.size(filled))
    rounded = torch.view(torch.mul_(torch.sub_(q, top + 1.), scale), torch.size(filled))
    columns = torch.size(w, -1)
    rows = [torch.size(w, 0), -1]
    grids = torch.view(scale, rows)
    zero = torch.full_like(grids, top + 1., dtype=0)
    return [torch.contiguous(torch.narrow(rounded, -1, 0, columns)), torch.contiguous(torch.narrow(codes, -1, 0, columns)), grids, zero, self.group_of_columns(w, columns, group)]

  # ---- GPTQ

  def zero_sums(self: __torch__.Quantize, like: Tensor, columns: int) -> Tensor:
    return torch.new_zeros(like, [columns, columns])

  # sums += x^T x, in place
  def add_products(self: __torch__.Quantize, sums: Tensor, x: Tensor) -> Tensor:
    return torch.addmm_(sums, torch.t(x), x)

  # H = 2 / batches * sums -> [upper Cholesky factor of the inverse of damped H, order of the columns, dead columns,
  # 0 where both factorisations worked]. In double, whose factors exist where those of float32 break down.
  def gptq_factor(self: __torch__.Quantize, sums: Tensor, batches: int, act_order: int) -> List[Tensor]:
    h = torch.mul_(torch.to(sums, 7, False, True), 2. / float(batches))
    dead = torch.eq(torch.diagonal(h), 0.)
    filled = torch.masked_fill_(torch.diagonal(h), dead, 1.)
    if act_order == 1:
      order = torch.argsort(torch.diagonal(h), -1, True)
      h = torch.index_select(torch.index_select(h, 0, order), 1, order)
    else:
      order = torch.arange(torch.size(h, 0), dtype=4, layout=None, device=ops.prim.device(h), pin_memory=None)
    damped = torch.add_(torch.diagonal(h), torch.mul(torch.mean(torch.diagonal(h)), 0.01))
    lower, failed = torch.linalg_cholesky_ex(h)
    upper, failed_again = torch.linalg_cholesky_ex(torch.cholesky_inverse(lower), upper=True)
    return [torch.to(upper, 6), order, dead, torch.to(torch.add(torch.abs(failed), torch.abs(failed_again)), 4)]

  # [scale, zero], each [groups, rows], of w [groups, columns, rows]
  def gptq_grid(self: __torch__.Quantize, w: Tensor, bits: int, symmetric: int) -> List[Tensor]:
    top = float(2 ** bits - 1)
    low = torch.clamp(torch.amin(w, [1]), None, 0.)
    high = torch.clamp(torch.amax(w, [1]), 0., None)
    if symmetric == 1:
      high = torch.maximum(torch.abs(low), high)
      low = torch.where(torch.lt(low, 0.), torch.neg(high), low)
    empty = torch.logical_and(torch.eq(low, 0.), torch.eq(high, 0.))
    low = torch.masked_fill(low, empty, -1.)
    high = torch.masked_fill(high, empty, 1.)
    scale = torch.div(torch.sub(high, low), top)
    if symmetric == 1:
      zero = torch.full_like(scale, (top + 1.) / 2.)
    else:
      zero = torch.round(torch.div(torch.neg(low), scale))
    return [scale, zero]

  # [quantized w, 1/2 sum ((w - q) / U_ii)^2, and what weight_of_codes makes w of]. Everything inside is transposed, so that a column is a contiguous row.
  # Grids of groups that start inside a block see the feedback of finished blocks only, as the reference has it.
  def gptq(self: __torch__.Quantize, w: Tensor, factor: List[Tensor], bits: int, group: int, symmetric: int, static_groups: int) -> List[Tensor]:
    upper = factor[0]
    order = factor[1]
    columns = torch.size(w, 1)
    top = float(2 ** bits - 1)
    whole = self.gptq_grid(torch.unsqueeze(torch.t(w), 0), bits, symmetric)
    scale = whole[0]
    zero = whole[1]
    wt = torch.masked_fill(torch.t(w), torch.unsqueeze(factor[2], 1), 0.)
    if group > 0 and static_groups == 1:
      filled = torch.t(self.filled_groups(torch.t(wt), group))
      grid = self.gptq_grid(torch.reshape(filled, [torch.size(filled, 0) // group, group, -1]), bits, symmetric)
      group_of = torch.floor_divide(order, group)
    else:
      grid = whole
      group_of = order
    wt = torch.index_select(wt, 0, order)
    q = torch.empty_like(wt)
    codes = torch.empty_like(wt, dtype=0)
    scales = annotate(List[Tensor], [])
    zeros = annotate(List[Tensor], [])
    loss = torch.new_zeros(w, [], dtype=7)
    start = 0
    while start < columns:
      count = min(128, columns - start)
      block = torch.clone(torch.narrow(wt, 0, start, count))
      errors = torch.empty_like(block)
      u = torch.narrow(torch.narrow(upper, 0, start, count), 1, start, count)
      for i in range(count):
        column = start + i
        if group > 0:
          if static_groups == 1:
            index = torch.narrow(group_of, 0, column, 1)
            scale = torch.index_select(grid[0], 0, index)
            zero = torch.index_select(grid[1], 0, index)
          else:
            if column % group == 0:
              fresh = self.gptq_grid(torch.unsqueeze(torch.narrow(wt, 0, column, min(group, columns - column)), 0), bits, symmetric)
              scale = fresh[0]
              zero = fresh[1]
              scales.append(scale)
              zeros.append(zero)
        x = torch.narrow(block, 0, i, 1)
        code = torch.clamp_(torch.add_(torch.round_(torch.div(x, scale)), zero), 0., top)
        kept = torch.copy_(torch.narrow(codes, 0, column, 1), code)
        y = torch.mul_(torch.sub_(code, zero), scale)
        stored = torch.copy_(torch.narrow(q, 0, column, 1), y)
        row = torch.narrow(torch.select(u, 0, i), 0, i, count - i)
        error = torch.div_(torch.sub(x, y), torch.select(row, 0, 0))
        stored = torch.copy_(torch.narrow(errors, 0, i, 1), error)
        spread = torch.addr_(torch.narrow(block, 0, i, count - i), row, torch.select(error, 0, 0), beta=1, alpha=-1)
      loss = torch.add_(loss, torch.sum(torch.mul(errors, errors), dtype=7))
      start = start + count
      if start < columns:
        later = torch.narrow(torch.narrow(upper, 0, start - count, count), 1, start, columns - start)
        spread = torch.addmm_(torch.narrow(wt, 0, start, columns - start), torch.t(later), errors, beta=1, alpha=-1)
    unordered = torch.index_copy_(torch.empty_like(q), 0, order, q)
    unordered_codes = torch.index_copy_(torch.empty_like(codes), 0, order, codes)
    if len(scales) > 0:
      grid = [torch.cat(scales), torch.cat(zeros)]
    of_column = self.group_of_columns(w, columns, columns)
    if group > 0:
      of_column = torch.new_zeros(order, [columns])
      if static_groups == 1:
        place = torch.index_copy_(of_column, 0, order, group_of)
      else:
        turn = torch.arange(columns, dtype=4, layout=None, device=ops.prim.device(w), pin_memory=None)
        place = torch.index_copy_(of_column, 0, order, torch.floor_divide(turn, group))
    return [torch.contiguous(torch.t(unordered)), torch.to(torch.div(loss, 2.), 6), torch.contiguous(torch.t(unordered_codes)), torch.contiguous(torch.t(grid[0])), torch.to(torch.contiguous(torch.t(grid[1])), 0), of_column]
