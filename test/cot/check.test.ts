/** Our own checker finds every breach of the CoT rules it stands for. */
import { describe, expect, it } from 'vitest'
import { checkEvent } from '../../src/cot/check.ts'
import { encodePing } from '../../src/cot/ping.ts'
import { encodeXmlText } from '../../src/cot/xml.ts'
import { bearing, built, detection } from './samples.ts'

const good = encodeXmlText(built({ detection: { ...detection, velocity: { courseDeg: 10, speedMps: 2 } } }))
const line = encodeXmlText(built({ located: bearing }))

describe('the checker', () => {
  it('finds nothing wrong with what is right', () => {
    expect(checkEvent(good)).toEqual([])
    expect(checkEvent(Buffer.from(good))).toEqual([])
    expect(checkEvent(line)).toEqual([])
    expect(checkEvent(encodePing('sightline', 0))).toEqual([])
  })

  it.each([
    ['standalone="yes"?>\n', 'standalone="yes"?>', 'does not begin'],
    ['</event>', '</event>\n', 'does not end'],
    ['</event>', '</event></event>', 'more than one </event>'],
    ['smoke 41', 'smoké 41', 'not printable ASCII'],
    [' how="m-i"', '', 'event has no how'],
    [' uid="sightline.tower-3.t.17"', ' uid=" "', 'uid is blank'],
    ['version="2.0" uid', 'version="2" uid', 'version is 2'],
    ['type="a-u-X-i-f-s"', 'type="a-u-X-i-F-s"', 'breaks the grammar'],
    ['how="m-i"', 'how="machine"', 'breaks the grammar'],
    ['how="m-i"', 'how="m-i" qos="high"', 'qos high'],
    ['how="m-i"', 'how="m-i" colour="red"', 'event has attribute colour'],
    ['start="2024-07-24T16:00:00.000Z"', 'start="2024-07-24T16:00:00Z"', 'is not YYYY'],
    ['start="2024-07-24T16:00:00.000Z"', 'start="2024-07-24T16:00:00.000+00:00"', 'is not YYYY'],
    ['start="2024-07-24T16:00:00.000Z"', 'start="2024-02-30T16:00:00.000Z"', 'is no real time'],
    ['stale="2024-07-24T16:10:00.000Z"', 'stale="2024-07-24T15:10:00.000Z"', 'stale is before start'],
    ['lat="31.60312200"', 'lat="3.1e1"', 'not a plain decimal'],
    ['lat="31.60312200"', 'lat="91.0"', 'lat 91.0 is out of range'],
    ['lat="31.60312200"', 'lat="-0.000"', 'is minus zero'],
    ['hae="1369.200"', 'hae="NaN"', 'not a plain decimal'],
    ['ce="380.40"', 'ce="-1.0"', 'ce -1.0 is out of range'],
    [' le="4.93"', '', 'point has no le'],
    ['<detail>', '<point lat="1.0" lon="1.0" hae="1.0" ce="1.0" le="1.0"/><detail>', 'event has 2 points'],
    ['</detail>', '</detail><detail/>', 'event has 2 details'],
    ['</detail>', '</detail><link/>', 'children beside point and detail'],
    ['callsign="smoke t24-0001"', 'callsign=""', 'callsign is blank'],
    ['<contact callsign="smoke t24-0001"/>', '', 'has no callsign'],
    ['course="10.00"', 'course="360.00"', 'course 360.00 is out of range'],
    ['speed="2.00"', 'speed="-2.00"', 'speed -2.00 is out of range'],
    ['<track', '<archive/><track', 'archive stops'],
    [' altsrc="ESTIMATED"', '', 'precisionlocation has no altsrc'],
    [' basis="90"', '', 'sightline has no basis'],
    ['<detail>', '<detail><b>', 'not well formed'],
  ])('sees %j become %j', (from, to, complaint) => {
    expect(good).toContain(from)
    expect(checkEvent(good.replace(from, to)).join('; ')).toContain(complaint)
  })

  it('misses the direction of a line of bearing', () => {
    expect(checkEvent(line.replace('<bearing value="271.40"/>', ''))).toEqual(['the line has no <bearing>'])
  })
})
