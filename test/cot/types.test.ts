/** Class names find their CoT types, and unknown ones are said to be unknown. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLASS_ROWS, SHORTEST_LIFETIME_S, spellings } from '../../src/cot/classes.ts'
import { isCotType, isHow } from '../../src/cot/grammar.ts'
import { createTypeTable, typeFaults } from '../../src/cot/types.ts'
import { FaultError } from '../../src/fault/fault.ts'
import { HAS_SHARED, SHARED } from './samples.ts'

const COCO =
  `person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant|stop sign|parking meter|
bench|bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe|backpack|umbrella|handbag|tie|suitcase|frisbee|skis|snowboard|
sports ball|kite|baseball bat|baseball glove|skateboard|surfboard|tennis racket|bottle|wine glass|cup|fork|knife|spoon|bowl|
banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake|chair|couch|potted plant|bed|dining table|toilet|tv|
laptop|mouse|remote|keyboard|cell phone|microwave|oven|toaster|sink|refrigerator|book|clock|vase|scissors|teddy bear|
hair drier|toothbrush`
    .split('|')
    .map((name) => name.trim())

const VISDRONE =
  'ignored regions|pedestrian|people|bicycle|car|van|truck|tricycle|awning-tricycle|bus|motor|others'.split('|')

describe('a class finds its type', () => {
  const table = createTypeTable()

  it('whatever its case and the space around it', () => {
    expect(table.typeOf('  PERSON\n')).toEqual(table.typeOf('person'))
    expect(table.typeOf('Person').known).toBe(true)
  })

  it.each([
    ['person', 'a-u-G'],
    ['car', 'a-u-G-E-V-C'],
    ['truck', 'a-u-G-E-V-U'],
    ['tank', 'a-u-G-E-V-A-T'],
    ['ship', 'a-u-S'],
    ['drone', 'a-u-A-M-H-Q'],
    ['helicopter', 'a-u-A-C-H'],
    ['fire', 'a-u-X-i-f'],
    ['smoke', 'a-u-X-i-f-s'],
    ['building', 'a-u-G-I'],
  ])('%s is %s', (name, type) => {
    expect(table.typeOf(name)).toMatchObject({ type, known: true, canonicalClass: name })
  })

  it('for every class of COCO and of VisDrone', () => {
    expect(COCO).toHaveLength(80)
    for (const name of [...COCO, ...VISDRONE]) expect(table.typeOf(name).known, name).toBe(true)
  })

  it('with underscores or hyphens between the words of a built-in name', () => {
    expect(table.typeOf('traffic_light')).toEqual(table.typeOf('traffic light'))
    expect(table.typeOf('awning-tricycle')).toEqual(table.typeOf('awning tricycle'))
  })

  it('never by a part of its name: a fire hydrant is no fire and a storage tank no tank', () => {
    expect(table.typeOf('fire hydrant').canonicalClass).toBe('street furniture')
    expect(table.typeOf('fire extinguisher').canonicalClass).toBe('object')
    expect(table.typeOf('storage-tank').type).toBe('a-u-G-I')
    expect(table.typeOf('fire hydrants')).toMatchObject({ type: 'a-u-G', known: false })
  })

  it('of unknown affiliation, whatever the class', () => {
    for (const row of CLASS_ROWS) for (const name of spellings(row)) expect(table.typeOf(name).type).toMatch(/^a-u-/)
  })

  it('or is a-u-G and reported as unknown, even when it is named like a property of objects', () => {
    for (const name of ['', 'flying saucer', '__proto__', 'constructor', 'x'.repeat(10_000)]) {
      expect(table.typeOf(name)).toMatchObject({ type: 'a-u-G', known: false, lifetimeMs: 120_000 })
    }
    expect(table.typeOf('x'.repeat(10_000)).canonicalClass.length).toBeLessThan(200)
  })
})

describe('settings override the table', () => {
  const table = createTypeTable({
    overrides: {
      classes: { Person: 'a-n-G', 'sea lion': 'a-u-S', pedestrian: 'a-a-G' },
      sources: { 'tower-3': { person: 'a-f-G-U-C', smoke: 'b-d-a' } },
    },
  })

  it('for all sources, with any spelling of the name', () => {
    expect(table.typeOf('person', 'other').type).toBe('a-n-G')
    expect(table.typeOf('SEA LION')).toMatchObject({ type: 'a-u-S', known: true, canonicalClass: 'sea lion' })
  })

  it('also for what the built-in table calls by another name, unless that name has its own', () => {
    expect(table.typeOf('people').type).toBe('a-n-G')
    expect(table.typeOf('pedestrian').type).toBe('a-a-G')
  })

  it('for one source before all others, and only for that one', () => {
    expect(table.typeOf('person', 'tower-3').type).toBe('a-f-G-U-C')
    expect(table.typeOf('smoke', 'tower-3').type).toBe('b-d-a')
    expect(table.typeOf('smoke', 'tower-4').type).toBe('a-u-X-i-f-s')
    expect(table.typeOf('sea lion', 'tower-3').type).toBe('a-u-S')
  })

  it('and the affiliation of built-in types, but never of what nothing knows', () => {
    const pending = createTypeTable({ affiliation: 'p' })
    expect(pending.typeOf('tank').type).toBe('a-p-G-E-V-A-T')
    expect(pending.typeOf('nonsense').type).toBe('a-u-G')
  })

  it('but a bad setting is refused, and all bad settings are listed', () => {
    const bad = {
      overrides: { classes: { car: 'a-u-' }, sources: { s: { person: 'hostile!', ' ': 'a-u-G' } } },
      lifetimes: { defaultS: 5, classes: { car: Number.NaN } },
    }
    expect(typeFaults(bad).map((fault) => fault.field)).toEqual([
      'overrides.classes.car',
      'overrides.sources.s.person',
      'overrides.sources.s',
      'lifetimes.defaultS',
      'lifetimes.classes.car',
    ])
    expect(() => createTypeTable(bad)).toThrow(FaultError)
  })
})

describe('a class has a lifetime', () => {
  it('of 120 seconds or more in every row', () => {
    for (const row of CLASS_ROWS) expect(row.lifetimeS).toBeGreaterThanOrEqual(SHORTEST_LIFETIME_S)
    expect(SHORTEST_LIFETIME_S).toBe(120)
  })

  it('from its own setting, then its row’s, then the default, then the table', () => {
    const table = createTypeTable({ lifetimes: { defaultS: 300, classes: { animal: 900, dog: 700, yeti: 800 } } })
    const seconds = (name: string) => table.typeOf(name).lifetimeMs / 1000
    expect([seconds('dog'), seconds('cat'), seconds('car'), seconds('yeti'), seconds('ghost')]).toEqual([
      700, 900, 300, 800, 300,
    ])
    expect(createTypeTable().typeOf('building').lifetimeMs).toBe(3_600_000)
  })
})

describe('the built-in table', () => {
  it('holds every spelling once', () => {
    const all = CLASS_ROWS.flatMap(spellings)
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([])
    expect(all.filter((name) => name !== name.trim().toLowerCase())).toEqual([])
  })

  it('holds only types of the published grammar', () => {
    expect(CLASS_ROWS.filter((row) => !isCotType(row.type))).toEqual([])
  })

  it.skipIf(!HAS_SHARED)('holds only types of the published list', () => {
    const published = readFileSync(`${SHARED}CoTtypes.xml`, 'utf8')
    const missing = CLASS_ROWS.filter((row) => !published.includes(`cot="a-.${row.type.slice(3)}"`))
    expect(missing.map((row) => row.type)).toEqual([])
  })
})

describe('the grammar', () => {
  it.skipIf(!HAS_SHARED)('takes every type and how of the published list', () => {
    const list = readFileSync(`${SHARED}CoTtypes.xml`, 'utf8')
    const types = [...list.matchAll(/<cot cot="([^"*]+)"/g)].map((match) => (match[1] as string).replaceAll('.', 'u'))
    expect(types.length).toBeGreaterThan(1000)
    expect(types.filter((type) => !isCotType(type))).toEqual([])
    const hows = [...list.matchAll(/<how what="[^"]+" value="([^"]+[^-"])"/g)].map((match) => match[1] as string)
    expect(hows.length).toBeGreaterThan(20)
    expect(hows.filter((how) => !isHow(how))).toEqual([])
  })

  it.each(['a-u-G;remark', 'a-f-G-E-V-9-1-1', 'a-u-G-E-V-m', 'u-rb-a', 't-x-c-t-r', 'b-m-p-s-p-loc', 'Vehicle'])(
    'takes %s',
    (type) => {
      expect(isCotType(type)).toBe(true)
    },
  )

  it.each([
    '',
    'a',
    'a-u',
    'a-z-G',
    'a-u-g',
    'a-u-G-',
    'a-u-G-e-V',
    'a-u-G E',
    'a-u-G;x;y',
    'a.u.G',
    'ä-u-G',
    '-a',
    'a-u-G\n',
  ])('refuses %j', (type) => {
    expect(isCotType(type)).toBe(false)
  })

  it('agrees with the schema’s pattern on all but atoms', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('b', 'A', '1', '_', '-', ';', ' ', '.'), maxLength: 12 }),
        (text) => {
          expect(isCotType(text)).toBe(/^\w+(-\w+)*(;[^;]*)?$/.test(text))
        },
      ),
    )
  })
})
