/** Registered cameras are read whole or refused by name. */
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { isRefused } from '../../src/domain/expectation.ts'
import { type RegisteredCamera, readRegisteredCamera, registrationJsonSchema } from '../../src/domain/registration.ts'
import { accepted, byPixel, having, intrinsics, pose, type Wire } from './samples.ts'

const fixed: Wire = { pose, intrinsics }
const carried: Wire = {
  sensor: 'uav-1',
  mount: {
    yawDeg: 0,
    pitchDeg: -30,
    rollDeg: 0,
    leverArm: { forwardM: 1.2, rightM: 0, downM: 0.4 },
    sigma: { yawDeg: 0.1 },
  },
  intrinsics,
  sigma: { positionM: 2 },
}
const good = (value: unknown): RegisteredCamera => {
  const read = readRegisteredCamera(value)
  if (isRefused(read)) throw new Error(`refused: ${read.reason}`)
  return read
}

describe('a registered camera', () => {
  it('with a pose is read as the same camera in a detection is', () => {
    const { fix } = accepted(byPixel).detection
    expect(good(fixed)).toEqual('camera' in fix && fix.camera)
  })

  it('that a sensor carries has a mount, and errors for what the telemetry leaves open', () => {
    expect(good(carried)).toMatchObject({
      sensor: 'uav-1',
      mount: {
        attitude: { yawDeg: 0, pitchDeg: -30, rollDeg: 0 },
        leverArm: { forwardM: 1.2, rightM: 0, downM: 0.4 },
        sigma: { yawDeg: 0.1 },
      },
      intrinsics: { fx: 1000, cx: 960 },
      sigma: { positionM: 2 },
    })
    expect(good({ sensor: 'uav-1', intrinsics })).toMatchObject({ sensor: 'uav-1' })
  })

  it.each<[string, unknown, string]>([
    ['a list', [], '$'],
    ['no intrinsics', { pose }, 'intrinsics'],
    ['neither a pose nor a sensor', { intrinsics }, '$'],
    ['both a pose and a sensor', { ...fixed, sensor: 'uav-1' }, '$'],
    ['a mount beside a pose', { ...fixed, mount: {} }, 'mount'],
    ['a sensor that no subject can name', { ...carried, sensor: 'a.b' }, 'sensor'],
    ['some angles of a mount only', having(carried, 'mount.rollDeg', undefined), 'mount'],
    ['a field of the pose out of range', having(fixed, 'pose.lat', 91), 'pose.lat'],
    ['two focal lengths', having(fixed, 'intrinsics.hfovDeg', 60), 'intrinsics'],
    ['a field that nothing would ever be done with', having(fixed, 'pose.yaw', 3), 'pose.yaw'],
    ['an id of its own', { ...fixed, id: 'tower' }, 'id'],
  ])('that has %s is refused by name', (_, value, field) => {
    const read = readRegisteredCamera(value)
    expect(read).toMatchObject({ code: 'bad-field', field })
    expect(isRefused(read) && read.reason).toMatch(/expected .*found /)
  })

  it('is described by a published schema that agrees', () => {
    const schema = Compile(registrationJsonSchema())
    for (const value of [fixed, carried, { sensor: 'uav-1', intrinsics }]) expect(schema.Errors(value)).toEqual([])
    for (const value of [
      { intrinsics },
      { ...fixed, sensor: 'uav-1' },
      { ...fixed, mount: {} },
      having(carried, 'mount.rollDeg', undefined),
    ]) {
      expect(schema.Check(value)).toBe(false)
    }
    expect(JSON.stringify(registrationJsonSchema())).not.toMatch(/"(x-|~)/)
  })
})

describe('what the frame shows of the image', () => {
  const lens = (more: Wire) => good({ pose, intrinsics: { ...intrinsics, ...more } }).intrinsics

  it('with a crop has the same focal length and a principal point that moved', () => {
    expect(lens({ cx: 1000, cy: 500, skew: 2, crop: { x: 100, y: 40, width: 640, height: 480 } })).toMatchObject({
      fx: 1000,
      fy: 1001,
      cx: 900,
      cy: 460,
      skew: 2,
      width: 640,
      height: 480,
    })
  })

  it('with digital zoom is the middle of the image, enlarged', () => {
    expect(lens({ cx: 1000, cy: 500, skew: 2, zoom: 4 })).toMatchObject({
      fx: 4000,
      fy: 4004,
      cx: 960 + 4 * 40,
      cy: 540 - 4 * 40,
      skew: 8,
      width: 1920,
      height: 1080,
    })
  })

  it('with both is the middle of the crop, enlarged', () => {
    const shown = lens({ zoom: 2, crop: { x: 900, y: 0, width: 600, height: 400 } })
    // The image's own middle lies at (60, 540) of the crop, whose middle is at (300, 200).
    expect(shown).toMatchObject({ fx: 2000, cx: 300 - 2 * 240, cy: 200 + 2 * 340, width: 600, height: 400 })
  })

  it('cannot lie outside of it', () => {
    const crop = { x: 1900, y: 0, width: 40, height: 40 }
    expect(readRegisteredCamera({ pose, intrinsics: { ...intrinsics, crop } })).toMatchObject({
      code: 'bad-field',
      field: 'intrinsics.crop',
    })
  })
})
