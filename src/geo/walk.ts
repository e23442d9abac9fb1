/**
 * A straight stretch of a ray over one raster: cell by cell, is it still above the ground?
 *
 * Seen on the grid the stretch is a straight line and its height a parabola; inside a cell the bilinear ground along a
 * line is a parabola too. The gap between the two is therefore known exactly from three of its values, and no cell is
 * stepped over, however thin the ridge in it. Blocks whose highest post stays under the ray are passed in one step.
 */
import { BLOCK, type ElevationRaster } from './elevation.ts'

/** A stretch, as a function of s from 0 to 1. Columns, rows and heights above the raster's datum. */
export interface Stretch {
  column: number
  row: number
  heightM: number
  /** Change of each over the whole stretch. */
  columns: number
  rows: number
  climbM: number
  /** How far the middle of the stretch hangs below the straight line between its ends, times four. */
  sagM: number
}

export function newStretch(): Stretch {
  return { column: 0, row: 0, heightM: 0, columns: 0, rows: 0, climbM: 0, sagM: 0 }
}

/** `under`: at or under the ground at `from`; `hit`: comes down to it at `at`; `void`: not known beyond `at`. */
export type WalkAnswer = 'clear' | 'hit' | 'under' | 'void'

export interface Walk {
  at: number
  /** Change of the gap per unit of s at the hit, metres. */
  slope: number
  /** The cell with the hit, from where to where. */
  cellStart: number
  cellEnd: number
}

/** Walks from s = `from` to s = `to`, which lie on the raster but for rounding. */
export function walk(r: ElevationRaster, p: Stretch, from: number, to: number, out: Walk): WalkAnswer {
  if (lowest(p, from, to) > r.highestM) return 'clear'
  const towardsEast = p.columns > 0 ? 1 : 0
  const towardsNorth = p.rows > 0 ? 1 : 0
  const lastBlockX = r.blockColumns - 1
  const lastBlockY = r.blockMaxima.length / r.blockColumns - 1
  let bx = indexAt((p.column + from * p.columns) / BLOCK, towardsEast, 0, lastBlockX)
  let by = indexAt((p.row + from * p.rows) / BLOCK, towardsNorth, 0, lastBlockY)
  let s = from
  for (;;) {
    const atX = p.columns === 0 ? to : ((bx + towardsEast) * BLOCK - p.column) / p.columns
    const atY = p.rows === 0 ? to : ((by + towardsNorth) * BLOCK - p.row) / p.rows
    const end = Math.min(atX, atY, to)
    if (end >= s && !(lowest(p, s, end) > (r.blockMaxima[by * r.blockColumns + bx] as number))) {
      const answer = walkBlock(r, p, bx, by, s, end, out)
      if (answer !== 'clear') return answer
    }
    if (!(end < to)) return 'clear'
    if (end > s) s = end
    if (atX <= atY) bx += towardsEast === 1 ? 1 : -1
    else by += towardsNorth === 1 ? 1 : -1
    if (bx < 0 || by < 0 || bx > lastBlockX || by > lastBlockY) return 'clear'
  }
}

function walkBlock(
  r: ElevationRaster,
  p: Stretch,
  bx: number,
  by: number,
  from: number,
  to: number,
  out: Walk,
): WalkAnswer {
  const { posts, columns } = r
  const towardsEast = p.columns > 0 ? 1 : 0
  const towardsNorth = p.rows > 0 ? 1 : 0
  const firstX = bx * BLOCK
  const firstY = by * BLOCK
  const lastX = Math.min(firstX + BLOCK, columns - 1) - 1
  const lastY = Math.min(firstY + BLOCK, r.rows - 1) - 1
  let cx = indexAt(p.column + from * p.columns, towardsEast, firstX, lastX)
  let cy = indexAt(p.row + from * p.rows, towardsNorth, firstY, lastY)
  let s = from
  // The ground is continuous: the gap at the end of a cell is the gap at the beginning of the next.
  let gap = Number.NaN
  for (;;) {
    const atX = p.columns === 0 ? to : (cx + towardsEast - p.column) / p.columns
    const atY = p.rows === 0 ? to : (cy + towardsNorth - p.row) / p.rows
    const end = Math.max(Math.min(atX, atY, to), s)
    const at = cy * columns + cx
    const sw = posts[at] as number
    const rise = (posts[at + columns] as number) - sw
    const run = (posts[at + 1] as number) - sw
    const twist = (posts[at + columns + 1] as number) - sw - rise - run
    if (s === from) gap = gapAt(p, s, cx, cy, sw, run, rise, twist)
    const middle = gapAt(p, (s + end) / 2, cx, cy, sw, run, rise, twist)
    const next = gapAt(p, end, cx, cy, sw, run, rise, twist)
    out.at = s
    if (Number.isNaN(gap + middle + next)) return 'void'
    if (gap <= 0) return 'under'
    const bend = 2 * (gap + next - 2 * middle)
    const fall = next - gap - bend
    if (next <= 0 || dips(gap, fall, bend)) {
      // The first root of gap + fall x + bend x^2 on [0, 1], written so that nothing cancels.
      const root = Math.sqrt(Math.max(fall * fall - 4 * bend * gap, 0))
      const x = Math.min((2 * gap) / Math.max(root - fall, Number.MIN_VALUE), 1)
      const width = end - s
      out.at = s + x * width
      out.slope = width > 0 ? (fall + 2 * bend * x) / width : 0
      out.cellStart = s
      out.cellEnd = end
      return 'hit'
    }
    if (!(end < to)) return 'clear'
    s = end
    gap = next
    if (atX <= atY) cx += towardsEast === 1 ? 1 : -1
    else cy += towardsNorth === 1 ? 1 : -1
    if (cx < firstX || cy < firstY || cx > lastX || cy > lastY) return 'clear'
  }
}

/** True when the parabola gap + fall x + bend x^2, positive at both ends, is not positive in between. */
function dips(gap: number, fall: number, bend: number): boolean {
  return bend > 0 && fall < 0 && -fall < 2 * bend && fall * fall >= 4 * bend * gap
}

function gapAt(
  p: Stretch,
  s: number,
  cx: number,
  cy: number,
  sw: number,
  run: number,
  rise: number,
  twist: number,
): number {
  const u = p.column + s * p.columns - cx
  const v = p.row + s * p.rows - cy
  return heightAt(p, s) - (sw + run * u + (rise + twist * u) * v)
}

function heightAt(p: Stretch, s: number): number {
  return p.heightM + s * p.climbM - p.sagM * s * (1 - s)
}

/** A height that the stretch does not go below between two places on it. */
function lowest(p: Stretch, from: number, to: number): number {
  const width = to - from
  return Math.min(heightAt(p, from), heightAt(p, to)) - (Math.max(p.sagM, 0) * width * width) / 4
}

/** The cell or block that a stretch goes into from a place: on a boundary, the one ahead. */
function indexAt(place: number, forwards: number, first: number, last: number): number {
  const index = forwards === 1 ? Math.floor(place) : Math.ceil(place) - 1
  return Math.min(Math.max(index, first), last)
}
