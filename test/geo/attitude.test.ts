/** Angles, quaternions and gimbals on airframes turn a camera the way they say. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Pose } from '../../src/domain/detection.ts'
import { newOrientation, orient, rotationOfAngles, rotationOfQuaternion, turn } from '../../src/geo/attitude.ts'
import { DEG } from '../../src/geo/ellipsoid.ts'
import { nth } from './cases.ts'

const PLACE = { lat: 1, lon: 2, height: { value: 3, datum: 'hae' } } as const
const angle = fc.double({ min: -180, max: 180, noNaN: true })

const look = (pose: Pose): number[] => {
  const o = newOrientation()
  orient(pose, o)
  return [nth(o.body, 0), nth(o.body, 3), nth(o.body, 6)]
}

const attitude = (yawDeg: number, pitchDeg: number, rollDeg: number) => ({ yawDeg, pitchDeg, rollDeg })

/** Quaternion of yaw, pitch, roll, by half angles. */
function quaternion(yaw: number, pitch: number, roll: number): [number, number, number, number] {
  const [cy, sy] = [Math.cos(yaw / 2), Math.sin(yaw / 2)]
  const [cp, sp] = [Math.cos(pitch / 2), Math.sin(pitch / 2)]
  const [cr, sr] = [Math.cos(roll / 2), Math.sin(roll / 2)]
  return [
    cy * cp * cr + sy * sp * sr,
    cy * cp * sr - sy * sp * cr,
    cy * sp * cr + sy * cp * sr,
    sy * cp * cr - cy * sp * sr,
  ]
}

describe('attitude', () => {
  it('counts yaw clockwise from north, pitch upwards, roll right side down', () => {
    const near = (v: number[], w: number[]) =>
      v.forEach((x, i) => {
        expect(x).toBeCloseTo(nth(w, i), 12)
      })
    near(look({ ...PLACE, attitude: attitude(90, 0, 0) }), [0, 1, 0])
    near(look({ ...PLACE, attitude: attitude(0, 30, 0) }), [Math.cos(30 * DEG), 0, -0.5])
    const o = newOrientation()
    const right = new Float64Array(3)
    orient({ ...PLACE, attitude: attitude(0, 0, 20) }, o)
    turn(o.body, 0, 1, 0, right)
    near([...right], [0, Math.cos(20 * DEG), Math.sin(20 * DEG)])
  })

  it('says the same as angles and as a quaternion, of any length', () => {
    fc.assert(
      fc.property(angle, angle, angle, fc.double({ min: 0.1, max: 9, noNaN: true }), (y, p, r, length) => {
        const a = new Float64Array(9)
        const b = new Float64Array(9)
        rotationOfAngles(y * DEG, p * DEG, r * DEG, a)
        const q = quaternion(y * DEG, p * DEG, r * DEG)
        rotationOfQuaternion(q[0] * length, q[1] * length, q[2] * length, q[3] * length, b)
        a.forEach((x, i) => {
          expect(x).toBeCloseTo(nth(b, i), 10)
        })
      }),
    )
  })

  it('errs about the same axes as angles and as a quaternion, straight down too', () => {
    for (const [y, p, r] of [
      [30, -45, 10],
      [200, -80, -5],
      [77, -90, 0],
    ] as const) {
      const byAngles = newOrientation()
      const byQuaternion = newOrientation()
      orient({ ...PLACE, attitude: attitude(y, p, r) }, byAngles)
      orient({ ...PLACE, quaternion: quaternion(y * DEG, p * DEG, r * DEG) }, byQuaternion)
      byAngles.axes.forEach((x, i) => {
        expect(x).toBeCloseTo(nth(byQuaternion.axes, i), 7)
      })
    }
  })

  it('has axes that are what a small change of each angle turns about', () => {
    const h = 1e-6
    fc.assert(
      fc.property(angle, angle, angle, angle, angle, angle, (fy, fp, fr, y, p, r) => {
        const base = newOrientation()
        const pose = { ...PLACE, airframe: attitude(fy, fp, fr), attitude: attitude(y, p, r) }
        orient(pose, base)
        const changes: [Pose, Float64Array, number][] = [
          [{ ...pose, attitude: attitude(y + h / DEG, p, r) }, base.axes, 0],
          [{ ...pose, attitude: attitude(y, p + h / DEG, r) }, base.axes, 3],
          [{ ...pose, attitude: attitude(y, p, r + h / DEG) }, base.axes, 6],
          [{ ...pose, airframe: attitude(fy + h / DEG, fp, fr) }, base.airframeAxes, 0],
          [{ ...pose, airframe: attitude(fy, fp + h / DEG, fr) }, base.airframeAxes, 3],
          [{ ...pose, airframe: attitude(fy, fp, fr + h / DEG) }, base.airframeAxes, 6],
        ]
        for (const [changed, axes, at] of changes) {
          const moved = newOrientation()
          orient(changed, moved)
          for (const k of [0, 1, 2]) {
            const v = [nth(base.body, k), nth(base.body, 3 + k), nth(base.body, 6 + k)]
            const w = [nth(axes, at), nth(axes, at + 1), nth(axes, at + 2)]
            const cross = [
              nth(w, 1) * nth(v, 2) - nth(w, 2) * nth(v, 1),
              nth(w, 2) * nth(v, 0) - nth(w, 0) * nth(v, 2),
              nth(w, 0) * nth(v, 1) - nth(w, 1) * nth(v, 0),
            ]
            for (const i of [0, 1, 2]) {
              expect((nth(moved.body, 3 * i + k) - nth(v, i)) / h).toBeCloseTo(nth(cross, i), 4)
            }
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  it('drops the airframe when there is none and multiplies it from the left when there is', () => {
    const level = look({ ...PLACE, attitude: attitude(10, -20, 0) })
    expect(look({ ...PLACE, attitude: attitude(10, -20, 0), airframe: attitude(0, 0, 0) })).toEqual(level)
    const side = look({ ...PLACE, attitude: attitude(90, 0, 0), airframe: attitude(0, 0, 30) })
    expect(side[2]).toBeCloseTo(0.5, 12)
  })
})
