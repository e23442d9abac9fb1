/** Imports run one way, outside libraries stay behind their fences, and nothing goes round in a circle. */
import { describe, expect, it } from 'vitest'
import { breaches, cycles } from './import-rules.ts'
import { sourceFiles, specifiersOf } from './source-tree.ts'

const product = sourceFiles(['src', 'actors', 'streams', 'bin'], ['.ts'])

const breachOf = (file: string, text: string): string[] => breaches([{ file, text }])

describe('the product', () => {
  it('is seen by these rules, room by room', () => {
    const rooms = new Set(product.map(({ file }) => file.split('/').slice(0, 2).join('/')))
    expect([...rooms]).toEqual(expect.arrayContaining(['src/domain', 'src/fault', 'src/port', 'actors/kernel']))
  })

  it('imports in one direction and keeps its fences', () => {
    expect(breaches(product)).toEqual([])
  })

  it('has no import cycle', () => {
    expect(cycles(product)).toEqual([])
  })

  it('names the extension in every relative import, as running without a build needs', () => {
    const nameless = product.flatMap(({ file, text }) =>
      specifiersOf(text)
        .filter((specifier) => specifier.startsWith('.') && !/\.(ts|js|json)$/.test(specifier))
        .map((specifier) => `${file}: ${specifier}`),
    )
    expect(nameless).toEqual([])
  })
})

describe('a breach is caught', () => {
  it.each([
    ['src/store/journal.ts', "import { x } from '../../actors/journal.ts'", 'src may not know actors'],
    ['actors/journal.ts', "import type { P } from '../streams/pipeline.ts'", 'actors may not know streams'],
    ['streams/pipeline.ts', "export * from '../bin/main.ts'", 'streams may not know bin'],
    ['src/geo/ray.ts', "import { open } from '../store/open.ts'", 'geo is pure and may not know store'],
    ['src/cot/xml.ts', "import { load } from '../config/load.ts'", 'cot is pure and may not know config'],
    ['src/geo/ray.ts', "import fs from 'node:fs'", 'geo is pure'],
    ['src/tak/link.ts', "import { pool } from '../push/pool.ts'", 'tak may not know the adapter push'],
    ['src/tak/link.ts', "import { settings } from '../config/load.ts'", 'adapters take plain options'],
    ['src/config/load.ts', "import { pool } from '../push/pool.ts'", 'config may not know the adapter push'],
    ['src/http/server.ts', "import { open } from 'lmdb'", 'lmdb belongs in src/store'],
    ['src/push/sink.ts', "import { connect } from '@nats-io/transport-node'", 'belongs in src/nats'],
    ['src/nats/intake.ts', "import { from } from 'rxjs'", 'rxjs belongs in streams, actors'],
    ['src/push/sink.ts', "import { map } from 'rxjs/operators'", 'rxjs belongs in streams, actors'],
    ['src/geo/ray.ts', "import { Type } from 'typebox'", 'typebox belongs in src/domain, src/config'],
    ['bin/main.ts', "import left from 'left-pad'", 'left-pad, which no folder may import yet'],
    ['src/store/journal.ts', "const lib = await import('undici')", 'undici belongs in src/push'],
    ['src/store/journal.ts', "type P = import('pino').Logger", 'pino belongs in src/watch'],
    ['src/store/journal.ts', "import {\n  a,\n  b,\n} from\n  '../tak/link.ts'", 'may not know the adapter tak'],
    ['streams/demo.ts', "import { scenario } from '../examples/simulator/scenario.ts'", 'no part of the product'],
    ['bin/main.ts', "import { it } from '../test/support/broker.ts'", 'no part of the product'],
  ])('%s with %s', (file, text, sentence) => {
    expect(breachOf(file, text)).toEqual([expect.stringContaining(sentence)])
  })

  it('in a cycle of two, of three, and of types alone', () => {
    const file = (name: string, ...to: string[]) => ({
      file: `src/domain/${name}.ts`,
      text: to.map((other) => `import type { T } from './${other}.ts'`).join('\n'),
    })
    expect(cycles([file('a', 'b'), file('b', 'a')])).toEqual([['src/domain/a.ts', 'src/domain/b.ts']])
    expect(cycles([file('a', 'b'), file('b', 'c'), file('c', 'a'), file('d', 'a')])).toHaveLength(1)
    expect(cycles([file('a', 'b', 'c'), file('b', 'd'), file('c', 'd'), file('d')])).toEqual([])
  })
})

describe('what is allowed stays allowed', () => {
  it.each([
    ['src/store/journal.ts', "import { open } from 'lmdb'\nimport { fault } from '../fault/fault.ts'"],
    ['src/domain/schema.ts', "import { Type } from 'typebox'\nimport { createHash } from 'node:crypto'"],
    [
      'streams/pipeline.ts',
      "import { map } from 'rxjs'\nimport { a } from '../actors/cot.ts'\nimport '../src/geo/ray.ts'",
    ],
    ['bin/demo.ts', "import { scenario } from '../examples/simulator/scenario.ts'"],
    ['src/geo/ray.ts', "// import { open } from 'lmdb'\n/* import fs from 'node:fs' */\nconst a = 'see https://x.y'"],
  ])('%s', (file, text) => {
    expect(breachOf(file, text)).toEqual([])
  })
})
