/** A sorted set of disjoint sequence ranges that grows by single numbers and by ranges. */

export class RangeSet {
  private readonly firsts: number[] = []
  private readonly lasts: number[] = []

  /** How many numbers it holds. */
  count = 0

  /** How many ranges it holds. */
  get size(): number {
    return this.firsts.length
  }

  has(value: number): boolean {
    const at = this.after(value) - 1
    return at >= 0 && value <= (this.lasts[at] ?? -1)
  }

  /** Adds all numbers from `first` to `last`; returns how many were new. */
  add(first: number, last: number): number {
    // The ranges that touch or overlap the new one are replaced by their union.
    let from = this.after(first) - 1
    if (from < 0 || (this.lasts[from] ?? -1) < first - 1) from++
    let to = from
    let low = first
    let high = last
    let held = 0
    while (to < this.firsts.length && (this.firsts[to] ?? 0) <= last + 1) {
      const a = this.firsts[to] ?? 0
      const b = this.lasts[to] ?? 0
      low = Math.min(low, a)
      high = Math.max(high, b)
      held += b - a + 1
      to++
    }
    if (to === from + 1) {
      this.firsts[from] = low
      this.lasts[from] = high
    } else {
      this.firsts.splice(from, to - from, low)
      this.lasts.splice(from, to - from, high)
    }
    const added = high - low + 1 - held
    this.count += added
    return added
  }

  /** Takes the range that starts at `first` out, if there is one, and returns its last number. */
  takeFrom(first: number): number | undefined {
    if (this.firsts[0] !== first) return undefined
    const last = this.lasts.shift() ?? first
    this.firsts.shift()
    this.count -= last - first + 1
    return last
  }

  /** Forgets everything up to and including `last`. */
  dropThrough(last: number): void {
    while (this.firsts.length > 0 && (this.firsts[0] ?? 0) <= last) {
      const a = this.firsts[0] ?? 0
      const b = this.lasts[0] ?? 0
      this.count -= Math.min(b, last) - a + 1
      if (b > last) {
        this.firsts[0] = last + 1
        return
      }
      this.firsts.shift()
      this.lasts.shift()
    }
  }

  /** First and last of each range, flat and in order. */
  toList(): number[] {
    const list: number[] = []
    for (let i = 0; i < this.firsts.length; i++) list.push(this.firsts[i] ?? 0, this.lasts[i] ?? 0)
    return list
  }

  static from(list: readonly number[]): RangeSet {
    const set = new RangeSet()
    for (let i = 0; i + 1 < list.length; i += 2) set.add(list[i] ?? 0, list[i + 1] ?? 0)
    return set
  }

  /** Index of the first range that starts above the value. */
  private after(value: number): number {
    let low = 0
    let high = this.firsts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.firsts[middle] ?? 0) <= value) low = middle + 1
      else high = middle
    }
    return low
  }
}
